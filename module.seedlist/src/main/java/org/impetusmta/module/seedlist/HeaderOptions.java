package org.impetusmta.module.seedlist;

import java.util.List;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;

/** {@code match_header NAME { … }} inside seedlist. Source: modules.seedlist. */
@OptionSet("seedlist::match_header")
public record HeaderOptions(
    @Option(doc = "Expressions for the header field, each with a group campaignid")
        List<String> pattern) {}
