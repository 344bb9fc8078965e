package org.impetusmta.core.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.core.config.option.ConfigValue;

/**
 * Changes that nobody else sees until they are committed, all or none. Of transactions that began
 * on the same generation the first to commit wins; the others must begin anew. Single. Source:
 * console_commands.config, "Batching config Commands".
 */
public final class Transaction implements AutoCloseable {
  private final ConfigEngine engine;
  private final ConfigGeneration base;
  private final ConfigScope implicit;
  private final List<Change> changes = new ArrayList<>();
  private ConfigScope root;
  private boolean over;

  /**
   * @param implicit what cannot be unset; empty unless the configuration was begun from scratch
   */
  Transaction(ConfigEngine engine, ConfigGeneration base, ConfigScope root, ConfigScope implicit) {
    this.engine = engine;
    this.base = base;
    this.root = root;
    this.implicit = implicit;
  }

  /** The configuration as this transaction sees it. */
  public ConfigView view() {
    return new ConfigView(engine.catalog(), root);
  }

  /**
   * Gives an option a value. The scope is made if it does not exist.
   *
   * @throws ConfigException when scope, option or value are not valid; nothing is changed
   */
  public void set(ConfigPath path, String option, ConfigValue value) throws ConfigException {
    ConfigView view = view();
    view.require(path);
    ConfigValidator.requireOption(engine.catalog(), path.scopeKey(), option);
    ConfigValidator.requireValue(
        engine.catalog().findAll(path.scopeKey(), option.toLowerCase(Locale.ROOT)), option, value);
    change(new Change.Set(path, option, value));
  }

  /**
   * Gives an option a value, as it is typed: {@code domain example.com max_retries = 5}.
   *
   * @throws ConfigException when it is not understood or not valid; nothing is changed
   */
  public ConfigView.Target set(String typed) throws ConfigException {
    ConfigView.Target target = view().target(typed);
    set(target.path(), target.requireOption(), target.value());
    return target;
  }

  /**
   * Takes the value of an option away, or of all options of a scope other than the global one.
   *
   * @throws ConfigException when the scope is not valid, or global without an option
   */
  public void unset(ConfigPath path, Optional<String> option) throws ConfigException {
    if (option.isEmpty() && path.isGlobal()) {
      throw new ConfigException("the global scope cannot be unset, expected a scope or an option");
    }
    view().require(path);
    if (option.isPresent()) {
      ConfigValidator.requireOption(engine.catalog(), path.scopeKey(), option.get());
      requireSaid(path, option.get());
    }
    change(new Change.Unset(path, option));
  }

  /**
   * As {@link #unset(ConfigPath, Optional)}, as it is typed.
   *
   * @throws ConfigException when it is not understood or not valid; nothing is changed
   */
  public ConfigView.Target unset(String typed) throws ConfigException {
    ConfigView.Target target = view().target(typed).requireNoValue();
    unset(target.path(), target.option());
    return target;
  }

  private void requireSaid(ConfigPath path, String option) throws ConfigException {
    ConfigOption found =
        path.in(root).map(scope -> scope.option(option.toLowerCase(Locale.ROOT))).orElse(null);
    if (found != null && ImplicitConfiguration.isImplicit(found)) {
      throw new ConfigException(
          found.written()
              + " is set implicitly and cannot be unset, expected another value for it");
    }
  }

  private void change(Change change) throws ConfigException {
    requireOpen();
    root = ImplicitConfiguration.restored(change.apply(root), implicit);
    changes.add(change);
  }

  /**
   * Puts the changes in force.
   *
   * @throws ConfigException when the next generation is refused, which leaves this transaction as
   *     it is, or when another commit came first
   */
  public Commit commit() throws ConfigException {
    requireOpen();
    Commit commit = engine.commit(base, root, implicit);
    over = true;
    return commit;
  }

  /** Forgets the changes. */
  public void rollback() {
    over = true;
  }

  /** The changes so far, as the commands that make them. */
  public List<String> replay() {
    return changes.stream().map(Change::command).toList();
  }

  /** Rolls back what was not committed. */
  @Override
  public void close() {
    rollback();
  }

  private void requireOpen() throws ConfigException {
    if (over) {
      throw new ConfigException("this transaction is over");
    }
  }
}
