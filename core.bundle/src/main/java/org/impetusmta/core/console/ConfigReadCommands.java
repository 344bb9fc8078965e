package org.impetusmta.core.console;

import java.util.List;
import java.util.Optional;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.console.ConsoleCommand;
import org.impetusmta.core.config.ConfigEngine;
import org.impetusmta.core.config.ConfigView;
import org.impetusmta.core.config.option.ConfigValue;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * The commands that look at the configuration: {@code config get}, {@code eval}, {@code show},
 * {@code showrecurse}, {@code locate}. Within a transaction they see its changes. Read-only.
 * Source: console_commands.config.
 */
public final class ConfigReadCommands {
  private ConfigReadCommands() {}

  /** {@code config get}: the value in that scope alone. */
  @Component(service = ConsoleCommand.class)
  public static final class Get extends ConfigCommand {
    @Activate
    public Get(@Reference ConfigEngine engine) {
      super(engine, "get", OPTION, "print the value that an option has in a scope");
    }

    @Override
    void run(ConfigSession session, String typed) throws ConfigException {
      ConfigView view = session.view();
      ConfigView.Target target = view.target(typed).requireNoValue();
      String option = target.requireOption();
      Optional<ConfigValue> value = view.get(target.path(), option);
      if (value.isPresent()) {
        session.print(ConfigSession.indent(target.path()), option, value.get());
      } else {
        session.printNotSet(target);
      }
    }
  }

  /** {@code config eval}: the value in force there, by fallback or default if need be. */
  @Component(service = ConsoleCommand.class)
  public static final class Eval extends ConfigCommand {
    @Activate
    public Eval(@Reference ConfigEngine engine) {
      super(engine, "eval", OPTION, "print the value of an option that is in force in a scope");
    }

    @Override
    void run(ConfigSession session, String typed) throws ConfigException {
      ConfigView view = session.view();
      ConfigView.Target target = view.target(typed).requireNoValue();
      String option = target.requireOption();
      Optional<ConfigValue> value = view.eval(target.path(), option);
      if (value.isPresent()) {
        session.print("", option, value.get());
      } else {
        session.printNotSet(target);
      }
    }
  }

  /** {@code config show}: a scope; the scopes in it by name. */
  @Component(service = ConsoleCommand.class)
  public static final class Show extends ConfigCommand {
    @Activate
    public Show(@Reference ConfigEngine engine) {
      super(engine, "show", SCOPE + " [option_name]", "print what is said in a scope");
    }

    @Override
    void run(ConfigSession session, String typed) throws ConfigException {
      ConfigView view = session.view();
      ConfigView.Target target = view.target(typed).requireNoValue();
      if (target.option().isEmpty()) {
        view.show(target.path(), false).forEach(session.invocation()::println);
        return;
      }
      String option = target.requireOption();
      Optional<ConfigValue> value = view.get(target.path(), option);
      if (value.isPresent()) {
        session.print("", option, value.get());
      } else {
        session.printNotSet(target);
      }
    }
  }

  /** {@code config showrecurse}: a scope with all that is in it. */
  @Component(service = ConsoleCommand.class)
  public static final class ShowRecurse extends ConfigCommand {
    @Activate
    public ShowRecurse(@Reference ConfigEngine engine) {
      super(engine, "showrecurse", SCOPE, "print a scope and the scopes inside it");
    }

    @Override
    void run(ConfigSession session, String typed) throws ConfigException {
      ConfigView.Target target = session.view().target(typed);
      if (target.option().isPresent()) {
        throw new ConfigException("expected a scope, found the option " + target.requireOption());
      }
      session.view().show(target.path(), true).forEach(session.invocation()::println);
    }
  }

  /** {@code config locate}: where stanzas of a name stand. */
  @Component(service = ConsoleCommand.class)
  public static final class Locate extends ConfigCommand {
    @Activate
    public Locate(@Reference ConfigEngine engine) {
      super(engine, "locate", "scope_name [regex]", "find the scopes of a name");
    }

    @Override
    void run(ConfigSession session, String typed) throws ConfigException {
      List<String> arguments = session.invocation().arguments();
      if (arguments.isEmpty() || arguments.size() > 2) {
        throw new ConfigException("expected the name of a scope and perhaps a pattern");
      }
      Optional<String> regex =
          arguments.size() == 2 ? Optional.of(arguments.get(1)) : Optional.empty();
      for (ConfigView.Located found : session.view().locate(arguments.getFirst(), regex)) {
        session.invocation().println(found.heading());
        session.invocation().println("  is at " + found.path().located());
      }
    }

    @Override
    public List<String> complete(List<String> arguments) {
      return arguments.size() > 1 ? List.of() : super.complete(arguments);
    }
  }
}
