package org.impetusmta.core.console;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.console.ConsoleCommand;
import org.impetusmta.api.console.ConsoleException;
import org.impetusmta.api.console.ConsoleInvocation;
import org.impetusmta.core.config.Commit;
import org.impetusmta.core.config.ConfigEngine;
import org.impetusmta.core.config.ConfigView;
import org.impetusmta.core.config.Transaction;
import org.impetusmta.core.config.Written;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * The commands that change the configuration in memory: {@code config set} and {@code unset}, at
 * once or in the session's transaction; {@code begin}, {@code commit}, {@code rollback}, {@code
 * replay}; {@code reload}; and {@code writeback}, which saves the changes. Read-only: the
 * transaction is kept in the session. Source: console_commands.config.
 */
public final class ConfigChangeCommands {
  private ConfigChangeCommands() {}

  /** {@code config set}. */
  @Component(service = ConsoleCommand.class)
  public static final class Set extends ConfigCommand {
    @Activate
    public Set(@Reference ConfigEngine engine) {
      super(engine, "set", OPTION + " [=] value", "set an option in a scope");
    }

    @Override
    void run(ConfigSession session, String typed) throws ConfigException {
      ConfigSession.Edited edited = session.edit(transaction -> transaction.set(typed));
      ConfigView.Target target = edited.target();
      session.print("", target.requireOption(), target.value());
      session.warn(edited.warnings());
    }
  }

  /** {@code config unset}. */
  @Component(service = ConsoleCommand.class)
  public static final class Unset extends ConfigCommand {
    @Activate
    public Unset(@Reference ConfigEngine engine) {
      super(
          engine,
          "unset",
          SCOPE + " [optname]",
          "take the value of an option away, or all of a scope and the scopes inside it");
    }

    @Override
    void run(ConfigSession session, String typed) throws ConfigException {
      ConfigSession.Edited edited = session.edit(transaction -> transaction.unset(typed));
      ConfigView.Target target = edited.target();
      if (target.option().isPresent()) {
        session.printEffective(target);
      } else {
        session.invocation().println("Scope '" + target.path().located() + "' has been unset.");
      }
      session.warn(edited.warnings());
    }
  }

  /** {@code config begin}. */
  @Component(service = ConsoleCommand.class)
  public static final class Begin extends ConfigCommand {
    @Activate
    public Begin(@Reference ConfigEngine engine) {
      super(engine, "begin", "", "begin a transaction");
    }

    @Override
    void run(ConfigSession session, String typed) throws ConsoleException {
      begin(session, false);
    }
  }

  /** {@code config begin from scratch}. */
  @Component(service = ConsoleCommand.class)
  public static final class BeginFromScratch extends ConfigCommand {
    @Activate
    public BeginFromScratch(@Reference ConfigEngine engine) {
      super(engine, "begin from scratch", "", "begin a transaction on an empty configuration");
    }

    @Override
    void run(ConfigSession session, String typed) throws ConsoleException {
      begin(session, true);
    }
  }

  private static void begin(ConfigSession session, boolean fromScratch) throws ConsoleException {
    session.requireNoTransaction();
    session.invocation().keep(Transaction.class, session.engine().begin(fromScratch));
    session.invocation().println("Transaction begun.");
  }

  /** {@code config commit}. */
  @Component(service = ConsoleCommand.class)
  public static final class CommitTransaction extends ConfigCommand {
    @Activate
    public CommitTransaction(@Reference ConfigEngine engine) {
      super(engine, "commit", "", "put the changes of the transaction in force");
    }

    @Override
    void run(ConfigSession session, String typed) throws ConfigException, ConsoleException {
      Commit commit = session.requireTransaction().commit();
      session.invocation().forget(Transaction.class);
      session.invocation().println("Transaction committed.");
      session.warn(commit.warnings());
    }
  }

  /** {@code config rollback}. */
  @Component(service = ConsoleCommand.class)
  public static final class Rollback extends ConfigCommand {
    @Activate
    public Rollback(@Reference ConfigEngine engine) {
      super(engine, "rollback", "", "forget the changes of the transaction");
    }

    @Override
    void run(ConfigSession session, String typed) throws ConsoleException {
      session.requireTransaction().rollback();
      session.invocation().forget(Transaction.class);
      session.invocation().println("Transaction rolled back.");
    }
  }

  /** {@code config replay}. */
  @Component(service = ConsoleCommand.class)
  public static final class Replay extends ConfigCommand {
    @Activate
    public Replay(@Reference ConfigEngine engine) {
      super(engine, "replay", "", "print the changes of the transaction");
    }

    @Override
    void run(ConfigSession session, String typed) throws ConsoleException {
      session.requireTransaction().replay().forEach(session.invocation()::println);
    }
  }

  /** {@code config reload}. */
  @Component(service = ConsoleCommand.class)
  public static final class Reload extends ConfigCommand {
    @Activate
    public Reload(@Reference ConfigEngine engine) {
      super(engine, "reload", "[/alternate/path]", "read the configuration files again");
    }

    @Override
    void run(ConfigSession session, String typed) throws ConsoleException {
      session.requireNoTransaction();
      List<String> arguments = session.invocation().arguments();
      if (arguments.size() > 1) {
        throw new ConsoleException("config reload takes one file.");
      }
      try {
        Commit commit = session.engine().reload(arguments.stream().findFirst().map(Path::of));
        session.invocation().println("Reconfigure succeeded.");
        session.warn(commit.warnings());
      } catch (ConfigException | InvalidPathException e) {
        String.valueOf(e.getMessage()).lines().forEach(session.invocation()::println);
        throw new ConsoleException("Reconfigure failed.");
      }
    }
  }

  /** {@code config writeback}. */
  @Component(service = ConsoleCommand.class)
  public static final class Writeback extends ConfigCommand {
    @Activate
    public Writeback(@Reference ConfigEngine engine) {
      super(
          engine,
          "writeback",
          "[/alternate/path]",
          "write the changes into the configuration files, or all into another file");
    }

    @Override
    void run(ConfigSession session, String typed) throws ConfigException, ConsoleException {
      session.requireNoTransaction();
      List<String> arguments = session.invocation().arguments();
      if (arguments.size() > 1) {
        throw new ConsoleException("config writeback takes one file.");
      }
      try {
        report(
            session,
            arguments.isEmpty()
                ? session.engine().writeback()
                : session.engine().writeback(Path.of(arguments.getFirst())));
      } catch (InvalidPathException e) {
        throw new ConsoleException("\"" + e.getInput() + "\" is no file name.");
      }
    }

    private static void report(ConfigSession session, Written written) {
      ConsoleInvocation console = session.invocation();
      written.files().forEach(file -> console.println("Wrote " + file + "."));
      session.warn(written.warnings());
      if (!written.unsaved().isEmpty()) {
        console.println(
            "Warning: not all portions of the configuration could be saved. Set Local_Changes_File"
                + " to a file that can be written and repeat. Not saved:");
        written.unsaved().forEach(console::println);
      } else if (written.files().isEmpty() && written.warnings().isEmpty()) {
        console.println("There is nothing to write back.");
      }
    }
  }
}
