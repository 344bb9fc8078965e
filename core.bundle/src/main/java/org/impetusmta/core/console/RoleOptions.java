package org.impetusmta.core.console;

import java.util.List;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;

/** What a role of the stanza Authorization may do. Immutable. Source: conf.ref.authorization. */
@OptionSet("authorization::role")
record RoleOptions(
    @Option(
            doc =
                "Regular expressions, found anywhere in a console command that the role may give;"
                    + " all others are refused")
        List<String> allow) {}
