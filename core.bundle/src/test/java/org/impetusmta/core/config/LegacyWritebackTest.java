package org.impetusmta.core.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Optional;
import org.impetusmta.core.config.option.SampleOptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Online changes of what a file says in the 2.x form: its statements stay as they are. */
class LegacyWritebackTest {
  private static final String LEGACY =
      """
      # of the 2.x form
      Esmtp_Listener = (
        *:25 [ 10.0.0.0/8 = ( personality [ idle_time = 10 ] ) ]   # all
      )
      Logger logging/ec_logger main { mainlog = a.ec } # kept
      Gateway = a
      """;

  @TempDir Path folder;

  private ConfigEngine engine() throws Exception {
    ConfigEngine engine = new ConfigEngine(SampleOptions.catalog(), InstantSource.system());
    engine.load(Files.writeString(folder.resolve("main.conf"), LEGACY));
    return engine;
  }

  private String changed(String... changes) throws Exception {
    ConfigEngine engine = engine();
    try (Transaction transaction = engine.begin(false)) {
      for (String change : changes) {
        transaction.set(change);
      }
      transaction.commit();
    }
    ConfigScope inForce = ((ConfigGeneration) engine.current()).root();
    Written written = engine.writeback();
    assertThat(written.unsaved()).isEmpty();
    engine.reload(Optional.empty());
    assertThat(Difference.between(((ConfigGeneration) engine.current()).root(), inForce)).isEmpty();
    return Files.readString(folder.resolve("main.conf"));
  }

  @Test
  void whatTheListSaysIsSaidAnewBehindIt() throws Exception {
    assertThat(changed("esmtp_listener listen *:25 peer 10.0.0.0/8 idle_time 20"))
        .startsWith(LEGACY)
        .endsWith("Idle_Time = 20\n    }\n  }\n}\n");
  }

  @Test
  void anOptionBesideIsChangedInPlace() throws Exception {
    assertThat(changed("gateway b")).isEqualTo(LEGACY.replace("Gateway = a", "Gateway = b"));
  }

  @Test
  void anOptionInARewrittenStanza() throws Exception {
    assertThat(changed("ec_logger main mainlog b.ec"))
        .isEqualTo(LEGACY.replace("mainlog = a.ec", "mainlog = b.ec"));
  }

  @Test
  void aNewListen() throws Exception {
    assertThat(changed("esmtp_listener listen *:26 enable false", "blackhole on"))
        .startsWith(LEGACY)
        .contains("Blackhole = on");
  }
}
