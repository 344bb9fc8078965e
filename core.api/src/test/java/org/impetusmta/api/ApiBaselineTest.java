package org.impetusmta.api;

import static org.assertj.core.api.Assertions.assertThat;

import aQute.bnd.differ.Baseline;
import aQute.bnd.differ.DiffPluginImpl;
import aQute.bnd.osgi.Jar;
import aQute.libg.reporter.ReporterAdapter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * The API beside that of the last release, {@code baseline/core.api.jar}: what was added raises the
 * minor version of its package, what was taken away or changed the major one. {@code
 * baseline/record} takes the API of this build as the new baseline, at a release.
 */
class ApiBaselineTest {
  @Test
  void versions_of_packages_say_what_changed_since_the_last_release() throws Exception {
    List<String> wrong = new ArrayList<>();
    try (Jar now = new Jar(Path.of("target/classes").toFile());
        Jar then = new Jar(Path.of("baseline/core.api.jar").toFile())) {
      Baseline baseline = new Baseline(new ReporterAdapter(), new DiffPluginImpl());
      for (Baseline.Info info : baseline.baseline(now, then, null)) {
        if (info.mismatch) {
          wrong.add(
              "%s was %s, is %s, has to be %s: %s"
                  .formatted(
                      info.packageName,
                      info.olderVersion,
                      info.newerVersion,
                      info.suggestedVersion,
                      info.packageDiff));
        }
      }
    }
    assertThat(wrong).as("package-info.java says the version").isEmpty();
  }
}
