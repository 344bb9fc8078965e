package org.impetusmta.core.mime;

import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.api.config.Scopes;

/** How text is read that does not say how it is written. Immutable. Source: conf.ref. */
@OptionSet({Scopes.GLOBAL, Scopes.PATHWAY, Scopes.PATHWAY_GROUP})
record CharsetOptions(
    @Option(
            value = "us-ascii",
            doc = "Character set that text without a declared one is taken to have")
        CharsetName defaultCharset) {}
