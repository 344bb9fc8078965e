package org.impetusmta.core.module;

import java.util.List;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.console.ConsoleCommand;
import org.impetusmta.api.console.ConsoleException;
import org.impetusmta.api.console.ConsoleInvocation;
import org.impetusmta.api.console.Report;
import org.impetusmta.core.hook.HookRegistry;
import org.osgi.framework.BundleContext;

/**
 * The console commands {@code module list|hooks|info|load|unload|update|install|uninstall}
 * (console_commands.module; all but the first two are ours). Concurrent.
 */
public final class ModuleCommand implements ConsoleCommand {
  /** What a command does. */
  @FunctionalInterface
  private interface Action {
    void run(ConsoleInvocation invocation) throws ConfigException, ConsoleException;
  }

  /** What is done to the module that is named. */
  @FunctionalInterface
  private interface Change {
    List<String> apply(String name) throws ConfigException;
  }

  private static final String NAME = "name";

  private final String name;
  private final String synopsis;
  private final String summary;
  private final Action action;
  private final ModuleLoader loader;

  private ModuleCommand(
      ModuleLoader loader, String name, String synopsis, String summary, Action action) {
    this.loader = loader;
    this.name = name;
    this.synopsis = synopsis;
    this.summary = summary;
    this.action = action;
  }

  /** Registers all of them. */
  public static void register(BundleContext context, ModuleLoader loader, HookRegistry hooks) {
    List<ModuleCommand> commands =
        List.of(
            new ModuleCommand(
                loader,
                "module list",
                "[--json]",
                "loaded modules with scope, instance and API",
                i -> list(i, loader)),
            new ModuleCommand(
                loader,
                "module hooks",
                "",
                "hook points and their implementers",
                i -> hooks(i, hooks)),
            new ModuleCommand(
                loader,
                "module info",
                NAME,
                "what a module is, where it comes from and who signed it",
                i -> loader.info(name("info", NAME, i), hooks).forEach(i::println)),
            change(loader, "load", "loaded", "start a module", loader::load),
            change(loader, "unload", "unloaded", "stop a module while mail flows", loader::unload),
            change(
                loader,
                "update",
                "updated",
                "replace a module by what its jar holds now",
                loader::update),
            change(
                loader,
                "install",
                "installed",
                "make a bundle known, by path or URI",
                loader::install),
            change(
                loader,
                "uninstall",
                "uninstalled",
                "stop a module and forget its bundle",
                loader::uninstall));
    commands.forEach(command -> context.registerService(ConsoleCommand.class, command, null));
  }

  private static ModuleCommand change(
      ModuleLoader loader, String verb, String done, String summary, Change change) {
    String synopsis = verb.equals("install") ? "uri" : NAME;
    return new ModuleCommand(
        loader,
        "module " + verb,
        synopsis,
        summary,
        invocation -> {
          List<String> modules = change.apply(name(verb, synopsis, invocation));
          modules.forEach(module -> invocation.println("Module " + module + " " + done));
        });
  }

  /** The one argument. */
  private static String name(String verb, String synopsis, ConsoleInvocation invocation)
      throws ConsoleException {
    if (invocation.arguments().size() != 1) {
      throw new ConsoleException("usage: module " + verb + " " + synopsis);
    }
    return invocation.arguments().getFirst();
  }

  private static void list(ConsoleInvocation invocation, ModuleLoader loader) {
    Report report = new Report().rows("modules");
    for (ModuleLoader.Listed module : loader.list()) {
      Report row = report.row("modules");
      row.figure("module", module.title(), "Module: %s")
          .figure("scope_name", module.module(), "  Scope_Name: %s");
      module
          .instance()
          .ifPresent(instance -> row.figure("instance_name", instance, "  Instance_Name: %s"));
      row.value("enabled", module.enabled())
          .line("  Enabled: " + (module.enabled() ? "enabled" : "disabled"))
          .figure("api", module.api(), "  API: %s")
          .figure("name", module.name(), "  Name: %s")
          .figure("description", module.description(), "  Description: %s");
    }
    invocation.print(report);
  }

  private static void hooks(ConsoleInvocation invocation, HookRegistry hooks) {
    hooks
        .implementers()
        .forEach(
            (hook, modules) -> {
              invocation.println(hook);
              modules.forEach(module -> invocation.println("\t" + module));
            });
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public String synopsis() {
    return synopsis;
  }

  @Override
  public String summary() {
    return summary;
  }

  @Override
  public boolean hasJson() {
    return name.equals("module list");
  }

  @Override
  public void run(ConsoleInvocation invocation) throws ConsoleException {
    try {
      action.run(invocation);
    } catch (ConfigException e) {
      throw new ConsoleException(String.valueOf(e.getMessage()));
    }
  }

  @Override
  public List<String> complete(List<String> arguments) {
    return synopsis.equals(NAME) ? loader.names() : List.of();
  }
}
