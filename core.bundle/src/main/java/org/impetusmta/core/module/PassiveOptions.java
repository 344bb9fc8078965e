package org.impetusmta.core.module;

import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;

/**
 * What every module's stanza may say of its hooks. Immutable. Source: module_config.
 *
 * @param enabled no: the module is loaded passively. Its hooks are not called by the server, only
 *     by those who ask for them by name, as policy scripts do; its console commands work
 */
@OptionSet("module")
record PassiveOptions(
    @Option(
            value = "true",
            doc = "Whether the module's hooks are called; no: it is loaded passively, for policy")
        boolean enabled) {}
