package org.impetusmta.core.queue;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.config.Generation;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.api.config.Scopes;
import org.impetusmta.api.config.Stanza;
import org.impetusmta.api.hook.SecondaryBindAddress;
import org.impetusmta.core.bounce.BounceOptions;
import org.impetusmta.core.bounce.SuppressedRecipients;
import org.impetusmta.core.hook.HookEntry;
import org.impetusmta.core.hook.HookList;
import org.impetusmta.core.route.RouteOptions;
import org.impetusmta.core.route.Target;

/** The stanzas of a generation that speak of mail going out, and what makes no sense in them. */
final class SendingStanzas {
  private SendingStanzas() {}

  /** Every stanza that speaks of mail going out, but the global one. */
  static List<Stanza> all(Generation next) {
    List<Stanza> all = new ArrayList<>(next.stanzas(Scopes.DOMAIN));
    for (Stanza binding : next.stanzas(Scopes.BINDING)) {
      all.add(binding);
      all.addAll(binding.children(Scopes.DOMAIN));
    }
    for (Stanza group : next.stanzas(Scopes.BINDING_GROUP)) {
      all.add(group);
      all.addAll(group.children(Scopes.DOMAIN));
      for (Stanza binding : group.children(Scopes.BINDING)) {
        all.add(binding);
        all.addAll(binding.children(Scopes.DOMAIN));
      }
    }
    return all;
  }

  /** Every host stanza, in whatever stanza it stands. */
  static List<Stanza> hosts(Generation next) {
    List<Stanza> all = new ArrayList<>(next.stanzas(Scopes.HOST));
    for (Stanza binding : next.stanzas(Scopes.BINDING)) {
      all.addAll(binding.children(Scopes.HOST));
    }
    for (Stanza group : next.stanzas(Scopes.BINDING_GROUP)) {
      all.addAll(group.children(Scopes.HOST));
      for (Stanza binding : group.children(Scopes.BINDING)) {
        all.addAll(binding.children(Scopes.HOST));
      }
    }
    return all;
  }

  /**
   * Checks what a generation says of mail going out.
   *
   * @param secondaryAddresses modules whose addresses are checked too
   */
  static void check(Generation next, HookList<SecondaryBindAddress> secondaryAddresses)
      throws ConfigException {
    BindingTable.check(next);
    check(next, ScopePath.GLOBAL, "global");
    Rollups.check(next);
    SuppressedRecipients.check(
        next.options(SuppressedRecipients.Options.class, ScopePath.GLOBAL), "global");
    checkSecondaryAddresses(next, secondaryAddresses);
    for (Stanza stanza : all(next)) {
      check(next, new ScopePath.Within(stanza), stanza.position() + ": in " + stanza.name());
    }
  }

  private static void check(Generation next, ScopePath path, String where) throws ConfigException {
    RetrySchedule.check(next.options(QueueOptions.class, path), where);
    BounceOptions.check(next.options(BounceOptions.class, path), where);
    Exclusions.check(next.options(ExclusionOptions.class, path), where);
    try {
      BindAddress.parse(next.options(BindAddressOptions.class, path).bindAddress());
    } catch (IllegalArgumentException e) {
      throw new ConfigException(where + ": bind_address is " + e.getMessage(), e);
    }
    try {
      Target.of("domain", next.options(RouteOptions.class, path));
    } catch (IllegalArgumentException e) {
      throw new ConfigException(where + ": gateway or routes: " + e.getMessage(), e);
    }
  }

  private static void checkSecondaryAddresses(
      Generation next, HookList<SecondaryBindAddress> modules) throws ConfigException {
    for (HookEntry<SecondaryBindAddress> entry : modules.entries()) {
      for (BindingTable.Slot slot : new BindingTable(next).slots()) {
        Optional<String> said =
            entry
                .hook()
                .secondaryBindAddress(next, new ScopePath.Sending(slot.group(), slot.name(), ""));
        try {
          said.ifPresent(BindAddress::parse);
        } catch (IllegalArgumentException e) {
          throw new ConfigException(
              "binding " + slot.name() + ": " + entry.module() + " is " + e.getMessage(), e);
        }
      }
    }
  }
}
