package org.impetusmta.module.ds_jdbc;

import java.util.Map;
import java.util.Optional;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;

/** The options of {@code ds_odbc}: what stands in for odbc.ini and odbcinst.ini. */
@OptionSet("ds_odbc")
public record OdbcOptions(
    @Option(value = "jdbc", doc = "Folder with the jars of JDBC drivers; relative: to the server's")
        String driverFolder,
    @Option(doc = "Refused: JDBC drivers know which values are long")
        Optional<LongThreshold> longThreshold) {

  /** A {@code DSN "name"} stanza in it. */
  @OptionSet("ds_odbc::dsn")
  public record Dsn(
      @Option(doc = "URL of the JDBC driver, jdbc:…; needed") Optional<String> url,
      @Option(doc = "Class of the driver; unset: the one in the folder that takes the URL")
          Optional<String> driver,
      @Option(doc = "What else the driver is to know, name = value")
          Map<String, String> properties) {}
}
