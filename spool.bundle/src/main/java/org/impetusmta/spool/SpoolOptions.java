package org.impetusmta.spool;

import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.api.config.Scopes;

/** Where the spool lies and how hard it holds on. Source: conf.ref.spoolbase and its neighbours. */
@OptionSet(Scopes.GLOBAL)
public record SpoolOptions(
    @Option(value = "/var/spool/ecelerity", doc = "Folder that holds the spool.", dynamic = false)
        String spoolbase,
    @Option(
            value = "journal",
            doc =
                "How mail is kept: journal, a few large files, or hashed, two files for each"
                    + " message. Beyond the manual.",
            dynamic = false)
        SpoolEngine spoolEngine,
    @Option(
            value = "true",
            doc =
                "Whether an accepted message is synced to the disk before the client is told so."
                    + " Without it a crash of the machine, not of the process, may lose mail.")
        boolean forceFsync,
    @Option(
            value = "0640",
            doc = "Mode of the files in the spool.",
            unit = Option.Unit.OCTAL,
            min = 0,
            max = 0777,
            dynamic = false)
        int spoolMode) {}
