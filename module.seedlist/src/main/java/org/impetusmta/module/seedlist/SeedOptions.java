package org.impetusmta.module.seedlist;

import java.util.List;
import java.util.Optional;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;

/** The options of a seedlist stanza. Source: modules.seedlist. */
@OptionSet("seedlist")
public record SeedOptions(
    @Option(value = "ecdb", doc = "The Datasource that keeps which campaigns were seen, and seeds")
        String cacheName,
    @Option(doc = "Header field with the campaign's id that seeds' copies get; unset: none")
        Optional<String> insertCampaignHeader,
    @Option(doc = "Envelope sender of seeds' copies; unset: that of the mail")
        Optional<String> mailFrom,
    @Option(doc = "Expressions for envelope senders, each with a group campaignid")
        List<String> matchVerp,
    @Option(doc = "Context variable that keeps mail out of campaigns, whatever it says")
        Optional<String> noSeedCondition,
    @Option(value = "seedlist", doc = "The schema of the tables campaigns and seeds")
        String schemaName,
    @Option(doc = "File with an address of a seed in each line; unset: the table seeds")
        Optional<String> seedlistFile) {}
