package org.impetusmta.itest;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Datasource stanzas in a whole server: drivers start by their URIs, modules ask, all of it live.
 */
class DatasourcesTest {
  @TempDir Path folder;

  private String configuration() {
    return """
    Datasource "jobs" {
      uri = ( "sqlite:%1$s/jobs.db" )
      max_rows = -1
    }
    Datasource "rules" {
      uri = "csv:"
      max_rows = -1
      cache_life = 60
    }
    sched { backing_store = ":datasource:jobs" }
    bounce_classifier_override {
      user_smtp_classification_override = ":datasource:rules:%1$s/rules.csv"
      custom_classes = [ 99 = "profanity" ]
    }
    """
        .formatted(folder);
  }

  @Test
  void modules_ask_by_the_name_of_a_stanza() throws Exception {
    Files.createFile(folder.resolve("jobs.db")); // an empty file is an empty database
    Files.writeString(folder.resolve("rules.csv"), ",99,\"rude, very\"\n");
    try (Server server = Server.start(folder.resolve("server"), configuration())) {
      assertThat(server.console("module list")).contains("ds_core", "ds_sqlite", "ds_csv");
      assertThat(server.console("bounce_classifier_override test 550 you are rude, very"))
          .contains("99 profanity");
      assertThat(server.console("cache list")).contains("ds_core:jobs", "ds_core:rules");
      assertThat(server.console("ds_core stats")).contains("rules", "cache name");
      assertThat(server.console("ds_core flush rules"))
          .contains("flushed 1 entries from cache 'rules'");
      assertThat(server.tryConsole("ds_core flush none")).contains("there is no datasource 'none'");

      server.console("config set datasource rules cache_life 3500");
      assertThat(server.console("config show datasource rules cache_life")).contains("3500");
      assertThat(server.tryConsole("config set datasource rules uri ( \"nosuch:x\" )"))
          .contains("found the driver \"nosuch\"");
      assertThat(server.tryConsole("config set datasource rules pool Nowhere"))
          .contains("pool = \"Nowhere\"");

      server.console("sched every 3600 summary");
      assertThat(server.console("sched list")).contains("summary");
      server.kill();
      server.restart();
      assertThat(server.console("sched list")).contains("summary");

      // a driver comes with the generation that names it
      server.console("config set datasource rules uri ( \"iowrapper:\" )");
      assertThat(server.console("module list")).contains("ds_iowrapper");
      assertThat(server.console("ds_core stats --json")).contains("\"name\":\"rules\"");
    }
  }
}
