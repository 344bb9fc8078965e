package org.impetusmta.core.kernel;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TimeZone;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.config.Generation;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.api.config.Stanza;
import org.impetusmta.api.scheduler.EventLoop;
import org.impetusmta.core.config.ConfigParticipant;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives up root's power, in two steps, as docs/adr/0009 explains. After {@link #begin} every thread
 * is the user, files are made as the user, and the event loops can bind ports below 1024; the saved
 * user is still root. After {@link #end} nothing can become root again, the loops keep the
 * capabilities that were asked for, and the kernel's own account of every thread was looked at.
 * Without root nothing happens, and what cannot be had is refused. Single. Source:
 * conf.ref.security.
 */
final class Privileges implements ConfigParticipant {
  private static final Logger LOG = LoggerFactory.getLogger(Privileges.class);
  private static final String SCOPE = "security";
  private static final String DEFAULT_USER = "ecuser";
  private static final long LOOP_SECONDS = 10;

  /** There only on Linux. */
  private static final Path TASKS = Path.of("/proc/self/task");

  private final Optional<Plan> plan;
  private final ThreadStatus before;
  private final boolean written;

  /** Where names of users and groups are looked up. */
  interface Accounts {
    Optional<Libc.Account> user(String name);

    Optional<Libc.Account> user(int number);

    OptionalInt group(String name);
  }

  /**
   * Who the server becomes.
   *
   * @param groups further groups
   * @param retained what the loops keep
   */
  record Plan(
      Libc.Account user,
      int group,
      Set<Integer> groups,
      Optional<String> chroot,
      Capabilities retained) {}

  /**
   * @param before who the process was
   * @param written whether the generation that it started with has the stanza
   */
  Privileges(Optional<Plan> plan, ThreadStatus before, boolean written) {
    this.plan = plan;
    this.before = before;
    this.written = written;
  }

  /**
   * Decides what to do, and takes the first step.
   *
   * @param give files and folders that root made and the user goes on with
   * @param needed what must be inside a chroot
   * @throws ConfigException when it is not possible as it is said
   */
  static Privileges begin(Generation generation, List<Path> give, List<Path> needed)
      throws ConfigException {
    SecurityOptions said = said(generation);
    String where = where(generation);
    boolean written = !generation.stanzas(SCOPE).isEmpty();
    if (!Files.isDirectory(TASKS)) {
      if (said.equals(SecurityOptions.DEFAULT)) {
        return new Privileges(
            Optional.empty(), ThreadStatus.parse("", "Uid: 1 1 1 1\nGid: 1 1 1 1"), written);
      }
      throw new ConfigException(where + "only on Linux, with /proc, can privileges be dropped");
    }
    try {
      ThreadStatus caller =
          ThreadStatus.parse("self", Files.readString(Path.of("/proc/thread-self/status")));
      Optional<Plan> plan = plan(said, caller, new SystemAccounts());
      Privileges privileges = new Privileges(plan, caller, written);
      privileges.first(give, needed);
      return privileges;
    } catch (ConfigException e) {
      throw new ConfigException(where + e.getMessage(), e);
    } catch (IOException e) {
      throw new ConfigException(where + "privileges cannot be dropped: " + e.getMessage(), e);
    }
  }

  /** The system's databases; the C library is not touched before somebody asks. */
  private static final class SystemAccounts implements Accounts {
    private final Libc libc = new Libc();

    @Override
    public Optional<Libc.Account> user(String name) {
      return libc.user(name);
    }

    @Override
    public Optional<Libc.Account> user(int number) {
      return libc.user(number);
    }

    @Override
    public OptionalInt group(String name) {
      return libc.group(name);
    }
  }

  private static SecurityOptions said(Generation generation) {
    SecurityOptions said = SecurityOptions.DEFAULT;
    for (Stanza stanza : generation.stanzas(SCOPE)) {
      said = generation.options(SecurityOptions.class, new ScopePath.Within(stanza));
    }
    return said;
  }

  private static String where(Generation generation) {
    String where = "";
    for (Stanza stanza : generation.stanzas(SCOPE)) {
      where = stanza.position() + ": in security: ";
    }
    return where;
  }

  // ---- what is to be done

  /**
   * What can be said against a generation on any machine.
   *
   * @throws ConfigException when capabilities are unknown, or privileges of Solaris are said
   */
  static void check(Generation generation) throws ConfigException {
    SecurityOptions said = said(generation);
    try {
      checkValues(said);
    } catch (ConfigException e) {
      throw new ConfigException(where(generation) + e.getMessage(), e);
    }
  }

  private static Capabilities checkValues(SecurityOptions said) throws ConfigException {
    if (said.privileges().isPresent()) {
      throw new ConfigException(
          "privileges = \"%s\": privileges are Solaris's, where Impetus does not run; on Linux say capabilities"
              .formatted(said.privileges().get()));
    }
    try {
      Capabilities retained =
          said.capabilities().isPresent()
              ? Capabilities.parse(said.capabilities().get())
              : Capabilities.NONE;
      if ((retained.effective() & ~retained.permitted()) != 0) {
        throw new ConfigException("what is effective must be permitted, expected +ep");
      }
      return retained;
    } catch (ConfigException e) {
      throw new ConfigException(
          "capabilities = \"%s\": %s".formatted(said.capabilities().orElse(""), e.getMessage()), e);
    }
  }

  /**
   * Decides.
   *
   * @return empty where the server stays who it is
   */
  static Optional<Plan> plan(SecurityOptions said, ThreadStatus caller, Accounts accounts)
      throws ConfigException {
    Capabilities retained = checkValues(said);
    long missing =
        (retained.effective() | retained.permitted()) & ~caller.capabilities().permitted();
    if (missing != 0) {
      throw new ConfigException(
          "capabilities = \"%s\": the server was started without %s"
              .formatted(said.capabilities().orElse(""), Capabilities.names(missing)));
    }
    Optional<Libc.Account> user =
        said.user().isPresent()
            ? Optional.of(user(said.user().get(), accounts))
            : accounts.user(DEFAULT_USER);
    OptionalInt group =
        said.group().isPresent()
            ? OptionalInt.of(group("group", said.group().get(), accounts))
            : OptionalInt.empty();
    Set<Integer> groups = new TreeSet<>();
    for (String name : said.supplementalGroups()) {
      groups.add(group("supplemental_groups", name, accounts));
    }
    if (caller.user() != 0) {
      requireNothing(said, caller, user, group, groups);
      return Optional.empty();
    }
    if (user.isEmpty()) {
      if (said.group().isPresent()
          || said.chroot().isPresent()
          || said.capabilities().isPresent()
          || !groups.isEmpty()) {
        throw new ConfigException(
            "it says no user, and there is no %s; expected user = name".formatted(DEFAULT_USER));
      }
      return Optional.empty();
    }
    if (user.get().user() == 0 && said.capabilities().isPresent()) {
      throw new ConfigException(
          "capabilities and user = root: of threads that stay root nobody can take the rest;"
              + " expected another user, or no capabilities");
    }
    return Optional.of(
        new Plan(
            user.get(),
            group.orElseGet(() -> accounts.group(DEFAULT_USER).orElse(user.get().group())),
            groups,
            said.chroot(),
            retained));
  }

  /** What a restart would stumble over. */
  private static void requireNames(SecurityOptions said, Accounts accounts) throws ConfigException {
    if (said.user().isPresent()) {
      user(said.user().get(), accounts);
    }
    if (said.group().isPresent()) {
      group("group", said.group().get(), accounts);
    }
    for (String name : said.supplementalGroups()) {
      group("supplemental_groups", name, accounts);
    }
    if (said.chroot().isPresent()) {
      root(said.chroot().get());
    }
  }

  private static Libc.Account user(String name, Accounts accounts) throws ConfigException {
    Optional<Libc.Account> found = accounts.user(name);
    if (found.isEmpty() && name.matches("\\d{1,9}")) {
      found = accounts.user(Integer.parseInt(name));
    }
    return found.orElseThrow(
        () -> new ConfigException("user = \"%s\": there is no such user".formatted(name)));
  }

  private static int group(String option, String name, Accounts accounts) throws ConfigException {
    OptionalInt found = accounts.group(name);
    if (found.isEmpty() && name.matches("\\d{1,9}")) {
      return Integer.parseInt(name);
    }
    return found.orElseThrow(
        () -> new ConfigException("%s = \"%s\": there is no such group".formatted(option, name)));
  }

  /** Who is not root can become nobody else; what is said must be so already. */
  private static void requireNothing(
      SecurityOptions said,
      ThreadStatus caller,
      Optional<Libc.Account> user,
      OptionalInt group,
      Set<Integer> groups)
      throws ConfigException {
    if (said.user().isPresent() && user.orElseThrow().user() != caller.user()) {
      throw notRoot("user = \"" + said.user().get() + "\"", caller);
    }
    if (group.isPresent() && group.getAsInt() != caller.group()) {
      throw notRoot("group = \"" + said.group().orElse("") + "\"", caller);
    }
    Set<Integer> has = new TreeSet<>(caller.supplementary());
    has.add(caller.group());
    if (!has.containsAll(groups)) {
      throw notRoot("supplemental_groups", caller);
    }
    if (said.chroot().isPresent()) {
      throw notRoot("chroot = \"" + said.chroot().get() + "\"", caller);
    }
  }

  private static ConfigException notRoot(String what, ThreadStatus caller) {
    return new ConfigException(
        "%s: the server was started as user %d, group %d; only root can do that"
            .formatted(what, caller.user(), caller.group()));
  }

  // ---- the first step

  private void first(List<Path> give, List<Path> needed) throws ConfigException, IOException {
    if (plan.isEmpty()) {
      return;
    }
    Plan to = plan.get();
    Libc libc = new Libc();
    for (Path file : give) {
      Ownership.give(file, to.user().name(), to.group());
    }
    if (to.chroot().isPresent()) {
      enter(to.chroot().get(), needed, libc);
    }
    libc.setgroups(List.copyOf(to.groups()));
    libc.setresgid(to.group(), to.group(), to.group());
    if (to.user().user() == 0) {
      LOG.warn("the server stays root, as Security says");
      return;
    }
    libc.setresuid(to.user().user(), to.user().user(), 0);
    libc.capset(atStart());
  }

  /** What the starting thread and the loops may do between the steps. */
  private Capabilities atStart() {
    long bind = Capabilities.mask("net_bind_service");
    long permitted = before.capabilities().permitted();
    long wanted = plan.map(to -> to.retained().effective()).orElse(0L) | bind;
    return new Capabilities(wanted & permitted, permitted, before.capabilities().inheritable());
  }

  private static Path root(String folder) throws ConfigException {
    Path root = Path.of(folder);
    if (!root.isAbsolute() || !Files.isDirectory(root)) {
      throw new ConfigException(
          "chroot = \"%s\": expected the absolute path of a folder that exists".formatted(folder));
    }
    return root;
  }

  private static void enter(String folder, List<Path> needed, Libc libc)
      throws ConfigException, IOException {
    Path root = root(folder);
    for (Path file : needed) {
      Path inside = root.resolve(file.toAbsolutePath().normalize().toString().substring(1));
      if (!Files.exists(inside)) {
        throw new ConfigException(
            "chroot = \"%s\": the server needs %s there, and there is no %s"
                .formatted(folder, file.toAbsolutePath().normalize(), inside));
      }
    }
    Path here = Path.of("").toAbsolutePath();
    TimeZone.getDefault(); // read while /etc/localtime is there
    libc.chroot(root.toString());
    libc.chdir(Files.isDirectory(here) ? here.toString() : "/");
  }

  /** Has the loops bind ports below 1024 until {@link #end}. */
  void raise(List<EventLoop> loops) throws ConfigException {
    if (dropping()) {
      onEach(loops, libc -> libc.capset(atStart()));
    }
  }

  private boolean dropping() {
    return plan.isPresent() && plan.get().user().user() != 0;
  }

  // ---- the second step

  /**
   * Gives up the rest, and looks whether it is gone.
   *
   * @throws ConfigException when a thread still can do more than was asked for
   */
  void end(List<EventLoop> loops) throws ConfigException {
    if (!dropping()) {
      if (plan.isEmpty() && before.user() == 0) {
        LOG.warn(
            "the server stays root: there is no user {}, and Security says no other", DEFAULT_USER);
      }
      return;
    }
    Plan to = plan.orElseThrow();
    int user = to.user().user();
    boolean keep = !to.retained().isEmpty();
    if (keep) {
      onEach(loops, libc -> libc.keepCapabilities(true));
    }
    try {
      new Libc().setresuid(user, user, user);
    } catch (IOException e) {
      throw new ConfigException("root cannot be given up: " + e.getMessage(), e);
    }
    if (keep) {
      onEach(
          loops,
          libc -> {
            libc.capset(to.retained());
            libc.keepCapabilities(false);
          });
    }
    verify(to);
    LOG.info(
        "the server is user {}{}",
        to.user().name(),
        keep ? ", its loops keep " + Capabilities.names(to.retained().permitted()) : "");
  }

  private static void verify(Plan to) throws ConfigException {
    List<ThreadStatus> threads;
    try {
      threads = ThreadStatus.ofThisProcess();
    } catch (IOException e) {
      throw new ConfigException("nobody can tell whether root was given up: " + e, e);
    }
    List<String> able = new ArrayList<>();
    for (ThreadStatus thread : threads) {
      if (!thread.is(to.user().user(), to.group(), to.groups(), to.retained())) {
        able.add(thread.toString());
      }
    }
    if (!able.isEmpty()) {
      throw new ConfigException(
          "threads have kept more than Security allows: " + String.join("; ", able));
    }
  }

  /** A job for the C library on a loop's own thread. */
  @FunctionalInterface
  private interface Job {
    void run(Libc libc) throws IOException;
  }

  private static void onEach(List<EventLoop> loops, Job job) throws ConfigException {
    Libc libc = new Libc();
    List<CompletableFuture<Void>> done = new ArrayList<>();
    for (EventLoop loop : loops) {
      CompletableFuture<Void> one = new CompletableFuture<>();
      done.add(one);
      loop.execute(
          () -> {
            try {
              job.run(libc);
              one.complete(null);
            } catch (IOException | RuntimeException e) {
              one.completeExceptionally(e);
            }
          });
    }
    try {
      CompletableFuture.allOf(done.toArray(CompletableFuture[]::new))
          .get(LOOP_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ConfigException("interrupted while privileges were given up", e);
    } catch (ExecutionException | TimeoutException e) {
      throw new ConfigException("an event loop's privileges cannot be set: " + e.getMessage(), e);
    }
  }

  // ---- afterwards

  /** Who the server became, for messages about files that it may not touch. */
  Optional<String> user() {
    return plan.filter(to -> to.user().user() != 0).map(to -> to.user().name());
  }

  @Override
  public void prepare(Generation next) throws ConfigException {
    check(next);
    boolean inside = plan.flatMap(Plan::chroot).isPresent(); // where nobody knows names
    if (!inside && !next.stanzas(SCOPE).isEmpty() && Files.isDirectory(TASKS)) {
      try {
        requireNames(said(next), new SystemAccounts());
      } catch (ConfigException e) {
        throw new ConfigException(where(next) + e.getMessage(), e);
      }
    }
  }

  @Override
  public void commit(Generation now) {
    // who the server is was decided when it started
  }

  @Override
  public List<String> waitingForRestart(Generation now) {
    return now.stanzas(SCOPE).isEmpty() == written
        ? List.of("Security is " + (written ? "gone" : "new") + "; it takes effect after a restart")
        : List.of();
  }

  @Override
  public String toString() {
    return "the server's privileges";
  }
}
