package org.impetusmta.core.queue;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import org.impetusmta.api.config.Configuration;
import org.impetusmta.api.config.Generation;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.api.hook.BindingGroupChooseBinding;
import org.impetusmta.api.hook.PostValidateSetBinding;
import org.impetusmta.api.hook.ValidateSetBinding;
import org.impetusmta.api.hook.Verdict;
import org.impetusmta.api.message.Reply;
import org.impetusmta.core.hook.HookEntry;
import org.impetusmta.core.hook.HookList;
import org.impetusmta.core.hook.Hooks;
import org.impetusmta.core.message.MailMessage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides which binding a message gets in the end, when policy has had its say in set_binding: the
 * member of a group that was left open, the group of a binding that was named alone, and whether
 * mail without a binding is taken at all. Concurrent. Source: conf.ref.default_binding,
 * outbound_mail.multivip.interfaces, hooks core_binding_group_choose_binding.
 */
final class BindingChoice {
  private static final Logger LOG = LoggerFactory.getLogger(BindingChoice.class);
  private static final int MOST_WARNINGS = 1_000;
  private static final Reply NO_BINDING =
      new Reply(451, "4.3.2", "[internal] no binding for this message");
  private static final Reply FAILED = new Reply(451, "4.3.0", "transaction failed");

  private final Configuration configuration;
  private final SourceAddresses sources;
  private final HookList<BindingGroupChooseBinding> choosers;
  private final HookList<ValidateSetBinding> setBinding;
  private final HookList<PostValidateSetBinding> boundHooks;
  private final Set<String> warned = ConcurrentHashMap.newKeySet();
  private volatile Of known;

  /** What a generation says. */
  private record Of(BindingTable table, MultiVipOptions.DefaultBinding defaultBinding) {}

  BindingChoice(Configuration configuration, SourceAddresses sources, Hooks hooks) {
    this.configuration = configuration;
    this.sources = sources;
    this.choosers = hooks.list(BindingGroupChooseBinding.class);
    this.setBinding = hooks.list(ValidateSetBinding.class);
    this.boundHooks = hooks.list(PostValidateSetBinding.class);
    this.known = of(configuration.current());
  }

  private static Of of(Generation current) {
    return new Of(
        new BindingTable(current),
        current.options(MultiVipOptions.class, ScopePath.GLOBAL).defaultBinding());
  }

  private Of current() {
    Of now = known;
    Generation current = configuration.current();
    if (now.table().generation() != current.number()) {
      now = of(current);
      known = now;
    }
    return now;
  }

  /** The bindings in force. */
  BindingTable table() {
    return current().table();
  }

  /** Whether policy has a say. */
  boolean asks() {
    return !setBinding.isEmpty();
  }

  /**
   * Settles what set_binding left open.
   *
   * @return why the message cannot be taken now; empty: it can
   */
  Optional<Reply> bound(MailMessage message) {
    return bound(message, BindingTable.DEFAULT, BindingTable.DEFAULT);
  }

  /**
   * @param groupBefore the group that it had before policy was asked
   * @param bindingBefore its binding then
   */
  private Optional<Reply> bound(MailMessage message, String groupBefore, String bindingBefore) {
    Of now = current();
    String group = message.bindingGroup();
    String binding = message.binding();
    if (!binding.equals(BindingTable.DEFAULT) || !group.equals(BindingTable.DEFAULT)) {
      settle(now.table(), message, group, binding);
    }
    return message.binding().equals(BindingTable.DEFAULT)
            && now.defaultBinding() == MultiVipOptions.DefaultBinding.NONE
        ? Optional.of(NO_BINDING)
        : tell(message, groupBefore, bindingBefore);
  }

  /** Tells those who want to know of another binding. */
  private Optional<Reply> tell(MailMessage message, String groupBefore, String bindingBefore) {
    if (message.binding().equals(bindingBefore) && message.bindingGroup().equals(groupBefore)) {
      return Optional.empty();
    }
    for (HookEntry<PostValidateSetBinding> entry : boundHooks.entries()) {
      try {
        entry.hook().postValidateSetBinding(message);
      } catch (RuntimeException e) {
        LOG.error("{} failed in post_validate_set_binding of {}", entry.module(), message.id(), e);
        return Optional.of(FAILED);
      }
    }
    return Optional.empty();
  }

  private void settle(BindingTable table, MailMessage message, String group, String binding) {
    if (binding.isEmpty()) {
      set(message, group, choose(table, message, group));
    } else if (table.find(binding).isPresent()) {
      if (group.isEmpty() || group.equals(BindingTable.DEFAULT)) {
        set(message, table.find(binding).get().group(), binding);
      }
    } else {
      warn("binding " + binding + " is not configured: its mail has the default binding");
      set(message, BindingTable.DEFAULT, BindingTable.DEFAULT);
    }
    if (message.binding().equals(BindingTable.DEFAULT)) {
      set(
          message,
          table.find(BindingTable.DEFAULT).map(BindingTable.Slot::group).orElse(group),
          BindingTable.DEFAULT);
    }
  }

  private static void set(MailMessage message, String group, String binding) {
    message.bindable(true);
    message.setBinding(group, binding);
    message.bindable(false);
  }

  /** Mail of an earlier process: its binding may be gone. */
  void restored(MailMessage message) {
    if (!message.binding().equals(BindingTable.DEFAULT)
        && table().find(message.binding()).isEmpty()) {
      settle(table(), message, message.bindingGroup(), message.binding());
    }
  }

  private String choose(BindingTable table, MailMessage message, String group) {
    for (HookEntry<BindingGroupChooseBinding> entry : choosers.entries()) {
      try {
        Optional<String> chosen = entry.hook().chooseBinding(message, group);
        if (chosen.filter(name -> table.members(group).contains(name)).isPresent()) {
          return chosen.get();
        }
        chosen.ifPresent(
            name ->
                warn(entry.module() + " chose " + name + ", which group " + group + " has not"));
      } catch (RuntimeException e) {
        LOG.error("{} failed to choose a binding for {}", entry.module(), message.id(), e);
      }
    }
    List<String> members = table.members(group);
    if (members.isEmpty()) {
      warn("binding group " + group + " has no binding: its mail has the default binding");
      return BindingTable.DEFAULT;
    }
    String first = members.get(ThreadLocalRandom.current().nextInt(members.size()));
    if (!suspended(message, group, first)) {
      return first;
    }
    List<String> others =
        members.stream().filter(name -> !suspended(message, group, name)).toList();
    return others.isEmpty()
        ? first
        : others.get(ThreadLocalRandom.current().nextInt(others.size()));
  }

  private boolean suspended(MailMessage message, String group, String binding) {
    ScopePath.Sending path =
        new ScopePath.Sending(group, binding, message.recipient().routingDomain());
    return configuration.current().options(QueueOptions.class, path).suspendDelivery()
        || sources.of(path).suspended();
  }

  private void warn(String what) {
    if (warned.size() < MOST_WARNINGS && warned.add(what)) {
      LOG.warn("{}", what);
    }
  }

  /** Phase set_binding of a notification; a hook that fails leaves the default binding. */
  void bind(MailMessage notification) {
    ask(notification);
    bound(notification);
  }

  /**
   * Asks policy once more. A message that gets a group again stays with its binding, if that is a
   * member and not suspended; one whose policy fails stays where it is.
   */
  void rebind(MailMessage message) {
    String group = message.bindingGroup();
    String binding = message.binding();
    message.unbind();
    if (!ask(message)) {
      set(message, group, binding);
      return;
    }
    if (message.binding().isEmpty()
        && message.bindingGroup().equals(group)
        && table().members(group).contains(binding)
        && !suspended(message, group, binding)) {
      set(message, group, binding);
    }
    bound(message, group, binding);
  }

  private boolean ask(MailMessage message) {
    boolean well = true;
    message.bindable(true);
    for (HookEntry<ValidateSetBinding> entry : setBinding.entries()) {
      try {
        Verdict verdict = entry.hook().validateSetBinding(message);
        if (!(verdict instanceof Verdict.Continue)) {
          break;
        }
      } catch (RuntimeException e) {
        well = false;
        LOG.error("{} failed in set_binding of message {}", entry.module(), message.id(), e);
      }
    }
    message.bindable(false);
    return well;
  }
}
