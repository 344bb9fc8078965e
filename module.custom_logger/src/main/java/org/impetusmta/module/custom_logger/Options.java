package org.impetusmta.module.custom_logger;

import java.util.List;
import java.util.Optional;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;

/** The options of a custom_logger stanza. Source: modules.custom_logger. */
@OptionSet("custom_logger")
public record Options(
    @Option(
            value = "1",
            min = 1,
            max = 64,
            doc = "lines that are made at a time; beyond 1, or with thread_pool, beside the log")
        int concurrency,
    @Option(
            doc =
                "the pool that makes lines; unset: the log's own thread, or, with a concurrency"
                    + " beyond 1, the pool IO with 1024 events at most")
        Optional<String> threadPool,
    @Option(value = "custom_logger sieve", doc = "where macros are looked for, in this order")
        List<String> namespace,
    @Option(
            doc =
                "how text of users is escaped: special_characters, non_printable, tr/../../,"
                    + " separated by commas; unset: what could forge a line")
        Optional<String> sanitize,
    @Option(doc = "the log of all stages that have none of their own") Optional<String> mainlog,
    @Option(
            value = "0644",
            unit = Option.Unit.OCTAL,
            min = 0,
            max = 0777,
            doc = "permissions of a mainlog that is created")
        int mainlogMode,
    @Option(doc = "the log of diagnostics, and of this logger's own trouble")
        Optional<String> paniclog,
    @Option(
            value = "0644",
            unit = Option.Unit.OCTAL,
            min = 0,
            max = 0777,
            doc = "permissions of a paniclog that is created")
        int paniclogMode,
    @Option(value = "false", doc = "whether diagnostics of the server are written to the paniclog")
        boolean logErrors,
    @Option(value = "false", doc = "whether receptions are logged; a format alone says so too")
        boolean logReceptions,
    @Option(doc = "what is logged of a reception") Optional<String> receptionFormat,
    @Option(doc = "the log of receptions") Optional<String> receptionLogfile,
    @Option(
            value = "0644",
            unit = Option.Unit.OCTAL,
            min = 0,
            max = 0777,
            doc = "permissions of a reception_logfile that is created")
        int receptionLogMode,
    @Option(value = "false", doc = "whether deliveries are logged; a format alone says so too")
        boolean logDeliveries,
    @Option(doc = "what is logged of a delivery") Optional<String> deliveryFormat,
    @Option(doc = "the log of deliveries") Optional<String> deliveryLogfile,
    @Option(
            value = "0644",
            unit = Option.Unit.OCTAL,
            min = 0,
            max = 0777,
            doc = "permissions of a delivery_logfile that is created")
        int deliveryLogMode,
    @Option(
            value = "false",
            doc = "whether transient failures are logged; a format alone says so too")
        boolean logTransientFailures,
    @Option(doc = "what is logged of a transient failure") Optional<String> transientFailureFormat,
    @Option(doc = "the log of transient failures") Optional<String> transientFailureLogfile,
    @Option(
            value = "0644",
            unit = Option.Unit.OCTAL,
            min = 0,
            max = 0777,
            doc = "permissions of a transient_failure_logfile that is created")
        int transientFailureLogMode,
    @Option(
            value = "false",
            doc = "whether permanent failures are logged; a format alone says so too")
        boolean logPermanentFailures,
    @Option(doc = "what is logged of a permanent failure") Optional<String> permanentFailureFormat,
    @Option(doc = "the log of permanent failures") Optional<String> permanentFailureLogfile,
    @Option(
            value = "0644",
            unit = Option.Unit.OCTAL,
            min = 0,
            max = 0777,
            doc = "permissions of a permanent_failure_logfile that is created")
        int permanentFailureLogMode,
    @Option(value = "false", doc = "whether rejections are logged; a format alone says so too")
        boolean logRejections,
    @Option(doc = "what is logged of a rejection") Optional<String> rejectionFormat,
    @Option(doc = "the log of rejections") Optional<String> rejectionLogfile,
    @Option(
            value = "0644",
            unit = Option.Unit.OCTAL,
            min = 0,
            max = 0777,
            doc = "permissions of a rejection_logfile that is created")
        int rejectionLogMode) {

  /** What is said of one stage. */
  record Stage(
      String name,
      String toggle,
      boolean on,
      Optional<String> format,
      Optional<String> logfile,
      int mode) {}

  Stage reception() {
    return new Stage(
        "reception",
        "log_receptions",
        logReceptions,
        receptionFormat,
        receptionLogfile,
        receptionLogMode);
  }

  Stage delivery() {
    return new Stage(
        "delivery",
        "log_deliveries",
        logDeliveries,
        deliveryFormat,
        deliveryLogfile,
        deliveryLogMode);
  }

  Stage transientFailure() {
    return new Stage(
        "transient_failure",
        "log_transient_failures",
        logTransientFailures,
        transientFailureFormat,
        transientFailureLogfile,
        transientFailureLogMode);
  }

  Stage permanentFailure() {
    return new Stage(
        "permanent_failure",
        "log_permanent_failures",
        logPermanentFailures,
        permanentFailureFormat,
        permanentFailureLogfile,
        permanentFailureLogMode);
  }

  Stage rejection() {
    return new Stage(
        "rejection",
        "log_rejections",
        logRejections,
        rejectionFormat,
        rejectionLogfile,
        rejectionLogMode);
  }
}
