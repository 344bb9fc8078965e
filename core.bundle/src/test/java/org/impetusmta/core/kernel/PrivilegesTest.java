package org.impetusmta.core.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.config.Generation;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.core.config.ConfigEngine;
import org.impetusmta.core.config.option.OptionCatalog;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PrivilegesTest {
  private static final ThreadStatus ROOT =
      ThreadStatus.parse(
          "1",
          """
          Name:\tjava
          Uid:\t0\t0\t0\t0
          Gid:\t0\t0\t0\t0
          Groups:\t0
          CapInh:\t0000000000000000
          CapPrm:\t000001fffeffffff
          CapEff:\t000001fffeffffff
          """);
  private static final ThreadStatus MAIL =
      ThreadStatus.parse(
          "1",
          """
          Uid:\t8\t8\t8\t8
          Gid:\t12\t12\t12\t12
          Groups:\t12 100
          CapInh:\t0
          CapPrm:\t400
          CapEff:\t400
          """);

  /** Accounts of a system: name, number, group. */
  private record Databases(Map<String, Libc.Account> users, Map<String, Integer> groups)
      implements Privileges.Accounts {
    static final Databases PLAIN =
        new Databases(
            Map.of(
                "root", new Libc.Account("root", 0, 0),
                "mail", new Libc.Account("mail", 8, 12),
                "nobody", new Libc.Account("nobody", 65534, 65534)),
            Map.of("root", 0, "mail", 12, "users", 100, "nogroup", 65534));
    static final Databases MOMENTUM =
        new Databases(
            Map.of("ecuser", new Libc.Account("ecuser", 500, 501)), Map.of("ecuser", 501));

    @Override
    public Optional<Libc.Account> user(String name) {
      return Optional.ofNullable(users.get(name));
    }

    @Override
    public Optional<Libc.Account> user(int number) {
      return users.values().stream().filter(user -> user.user() == number).findFirst();
    }

    @Override
    public OptionalInt group(String name) {
      return groups.containsKey(name) ? OptionalInt.of(groups.get(name)) : OptionalInt.empty();
    }
  }

  private static Generation generation(String text) throws ConfigException {
    OptionCatalog catalog = new OptionCatalog();
    catalog.declare(SecurityOptions.class, "test");
    return ConfigEngine.ofText(catalog, text).current();
  }

  private static SecurityOptions said(String options) throws ConfigException {
    Generation generation = generation("Security {\n" + options + "\n}");
    return generation.options(
        SecurityOptions.class, new ScopePath.Within(generation.stanzas("security").getFirst()));
  }

  @Test
  void root_becomes_ecuser_where_there_is_one_and_stays_root_else() throws Exception {
    assertThat(Privileges.plan(SecurityOptions.DEFAULT, ROOT, Databases.MOMENTUM).orElseThrow())
        .isEqualTo(
            new Privileges.Plan(
                new Libc.Account("ecuser", 500, 501),
                501,
                Set.of(),
                Optional.empty(),
                Capabilities.NONE));
    assertThat(Privileges.plan(SecurityOptions.DEFAULT, ROOT, Databases.PLAIN)).isEmpty();
  }

  @Test
  void root_becomes_who_is_said_by_name_or_number() throws Exception {
    Privileges.Plan byName =
        Privileges.plan(
                said(
                    "User = nobody\nGroup = mail\nSupplemental_Groups = ( users 77 )\n"
                        + "Capabilities = \"cap_net_bind_service+ep\"\nChroot = /jail"),
                ROOT,
                Databases.PLAIN)
            .orElseThrow();
    assertThat(byName.user().user()).isEqualTo(65534);
    assertThat(byName.group()).isEqualTo(12);
    assertThat(byName.groups()).containsExactlyInAnyOrder(100, 77);
    assertThat(byName.chroot()).contains("/jail");
    assertThat(byName.retained().permitted()).isEqualTo(0x400);
    Privileges.Plan byNumber =
        Privileges.plan(said("User = 8"), ROOT, Databases.PLAIN).orElseThrow();
    assertThat(byNumber.user().name()).isEqualTo("mail");
    assertThat(byNumber.group()).as("no ecuser: the user's own").isEqualTo(12);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "User = mial|user = \"mial\": there is no such user",
        "User = mail Group = postmen|group = \"postmen\": there is no such group",
        "User = mail Supplemental_Groups = ( x )|supplemental_groups = \"x\": there is no such",
        "Capabilities = cap_net_raw+ep|it says no user, and there is no ecuser",
        "User = root Capabilities = cap_net_raw+ep|capabilities and user = root",
        "User = mail Capabilities = cap_sys_resource+ep|started without cap_sys_resource",
        "User = mail Capabilities = cap_net_row+ep|did you mean cap_net_raw?",
        "User = mail Capabilities = cap_net_raw+e|what is effective must be permitted",
        "Privileges = \"basic net_privaddr\"|privileges are Solaris's",
      })
  void what_root_cannot_do_is_refused(String options, String why) {
    assertThatThrownBy(() -> Privileges.plan(said(options), ROOT, Databases.PLAIN))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(why);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "User = nobody|user = \"nobody\": the server was started as user 8, group 12",
        "Group = users|group = \"users\": the server was started as",
        "Supplemental_Groups = nogroup|supplemental_groups: the server was started as",
        "Chroot = /|chroot = \"/\": the server was started as",
        "Capabilities = cap_net_raw+ep|started without cap_net_raw",
      })
  void who_is_not_root_is_told_so(String options, String why) {
    assertThatThrownBy(() -> Privileges.plan(said(options), MAIL, Databases.PLAIN))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(why);
  }

  @ParameterizedTest
  @CsvSource({
    "''",
    "User = mail",
    "User = 8 Group = mail Supplemental_Groups = users",
    "Capabilities = cap_net_bind_service+ep"
  })
  void who_is_what_is_said_already_has_nothing_to_do(String options) throws Exception {
    assertThat(Privileges.plan(said(options), MAIL, Databases.PLAIN)).isEmpty();
  }

  @Test
  void errors_say_where_they_are() {
    assertThatThrownBy(
            () -> Privileges.check(generation("\nSecurity { Capabilities = \"cap_x+ep\" }")))
        .hasMessageContaining("text:2: in security: capabilities = \"cap_x+ep\": unknown");
  }

  @Test
  void a_thread_that_can_do_more_is_found() {
    assertThat(MAIL.is(8, 12, Set.of(12, 100), new Capabilities(0x400, 0x400, 0))).isTrue();
    assertThat(MAIL.is(8, 12, Set.of(12, 100), Capabilities.NONE)).isFalse();
    assertThat(MAIL.is(8, 12, Set.of(), new Capabilities(0x400, 0x400, 0))).isFalse();
    ThreadStatus saved =
        ThreadStatus.parse("2", "Uid: 8 8 0 8\nGid: 12 12 12 12\nCapPrm: 0\nCapEff: 0\nCapInh: 0");
    assertThat(saved.is(8, 12, Set.of(), Capabilities.NONE)).isFalse();
    assertThat(ThreadStatus.parse("3", "").capabilities().within(Capabilities.NONE))
        .as("what is not known is too much")
        .isFalse();
  }

  @Test
  void the_databases_of_this_system_are_read() {
    Libc libc = new Libc();
    assertThat(libc.user("root")).contains(new Libc.Account("root", 0, 0));
    assertThat(libc.user(0).map(Libc.Account::name)).contains("root");
    assertThat(libc.user("no such user")).isEmpty();
    assertThat(libc.group("root")).hasValue(0);
    assertThat(libc.group("no such group")).isEmpty();
  }

  @Test
  void a_stanza_that_comes_or_goes_waits_for_a_restart() throws Exception {
    Privileges none = new Privileges(Optional.empty(), ROOT, false);
    assertThat(none.waitingForRestart(generation(""))).isEmpty();
    assertThat(none.waitingForRestart(generation("Security { user = mail }")))
        .containsExactly("Security is new; it takes effect after a restart");
  }
}
