package org.impetusmta.core.kernel;

import java.util.List;
import java.util.Optional;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;

/**
 * The stanza Security: what the server keeps of root's power when it was started as root.
 * Immutable. Source: conf.ref.security and the pages of its options.
 */
@OptionSet("security")
record SecurityOptions(
    @Option(dynamic = false, doc = "Who the server becomes; unset: ecuser, where there is one")
        Optional<String> user,
    @Option(
            dynamic = false,
            doc = "The group that it becomes; unset: ecuser, else the user's own group")
        Optional<String> group,
    @Option(dynamic = false, doc = "The folder that becomes its root; unset: none")
        Optional<String> chroot,
    @Option(
            dynamic = false,
            doc =
                "Capabilities that its event loops keep, as cap_from_text(3) has them; unset: none")
        Optional<String> capabilities,
    @Option(dynamic = false, doc = "Further groups, by name or number")
        List<String> supplementalGroups,
    @Option(dynamic = false, doc = "Privileges of Solaris, where Impetus does not run: refused")
        Optional<String> privileges) {
  static final SecurityOptions DEFAULT =
      new SecurityOptions(
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          List.of(),
          Optional.empty());
}
