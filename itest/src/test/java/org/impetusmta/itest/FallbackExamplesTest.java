package org.impetusmta.itest;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The worked examples of ecelerity.conf.fallback and the host scope of
 * conf.ref.max_outbound_connections, as a running server answers {@code config eval}. Its
 * max_resident_active_queue_size is max_resident_active_queue here, the option's name everywhere
 * else; bind_address is left out, it is not in force yet.
 */
class FallbackExamplesTest {
  @TempDir Path folder;

  @SuppressWarnings("NullAway.Init") // by the test, before the rest is called
  private Server server;

  private int files;

  @Test
  void config_eval_answers_as_the_manual_has_it() throws IOException {
    try (Server started = Server.start(folder.resolve("server"), "")) {
      server = started;
      domains();
      bindings();
      bindingGroups();
      hosts();
    }
  }

  private void domains() throws IOException {
    load(
        """
        max_outbound_connections = 40
        domain "example.com" {
          max_outbound_connections = 20
        }
        domain "someotherexample.com" {
          max_resident_active_queue = 500
        }
        """);
    eval("domain example.com max_outbound_connections", 20);
    eval("domain someotherexample.com max_outbound_connections", 40);
    eval("domain someotherexample.com max_resident_active_queue", 500);
    eval("domain any.example max_outbound_connections", 40);
    eval("max_outbound_connections", 40);
  }

  private void bindings() throws IOException {
    load(
        """
        message_expiration = 86400
        binding "example" {
          message_expiration = 3600
        }
        domain "example.com" {
          message_expiration = 120
        }
        binding "example2" {
          message_expiration = 7200
          domain example.com {
            message_expiration = 86400
          }
          domain "anotherexample.com" {
            max_resident_active_queue = 500
          }
        }
        binding "example3" {
          domain "example.com" {
            max_resident_active_queue = 500
          }
          domain "anotherexample.com" {
            message_expiration = 86400
          }
        }
        """);
    eval("message_expiration", 86400);
    eval("binding example message_expiration", 3600);
    eval("binding example domain example.com message_expiration", 3600);
    eval("binding example2 message_expiration", 7200);
    eval("binding example2 domain example.com message_expiration", 86400);
    eval("binding example2 domain anotherexample.com message_expiration", 7200);
    eval("binding example2 domain any.example message_expiration", 7200);
    eval("binding example3 domain anotherexample.com message_expiration", 86400);
    eval("binding example3 domain example.com message_expiration", 120);
    eval("binding example3 domain any.example message_expiration", 86400);
    eval("domain example.com message_expiration", 120);
  }

  private void bindingGroups() throws IOException {
    load(
        """
        max_outbound_connections = 30
        binding_group "group1" {
          max_outbound_connections = 5
          binding "example" {
            max_outbound_connections = 15
            domain "example.com" {
            }
          }
        }
        """);
    String option =
        "binding_group group1 binding example domain example.com max_outbound_connections";
    eval(option, 15);
    server.console("config unset binding_group group1 binding example max_outbound_connections");
    eval(option, 5);
    eval("domain example.com max_outbound_connections", 30);
  }

  private void hosts() throws IOException {
    load(
        """
        Max_Outbound_Connections = 32
        host "example.com" {}
        """);
    eval("max_outbound_connections", 32);
    eval("host example.com max_outbound_connections", -1);
  }

  private void load(String example) throws IOException {
    Path file = folder.resolve("example" + ++files + ".conf");
    Files.writeString(file, Server.configuration(server.folder, server.smtpPort) + example);
    assertThat(server.console("config reload " + file)).contains("Reconfigure succeeded.");
  }

  private void eval(String typed, int expected) throws IOException {
    String option = typed.substring(typed.lastIndexOf(' ') + 1);
    assertThat(server.console("config eval " + typed))
        .as(typed)
        .isEqualToIgnoringCase(option + " = " + expected + "\n");
  }
}
