package org.impetusmta.module.securecreds;

import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.api.datasource.CredentialStore;
import org.impetusmta.api.datasource.DatasourceException;
import org.impetusmta.api.module.Module;
import org.impetusmta.api.module.ModuleStanza;
import org.impetusmta.credentials.Credential;
import org.impetusmta.credentials.CredentialFiles;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/**
 * Passwords that URIs of data sources do not spell out, from the files of {@code credmgr}. The
 * files are read each time that a password is needed, which is when a connection is opened: what
 * credmgr changed is in force at once. Concurrent. Source: modules.securecreds.
 */
@Module(
    name = "securecreds",
    kind = Module.Kind.SINGLETON,
    description = "Passwords of data sources from an encrypted file",
    singleton = "true")
@Component(factory = Module.FACTORY + "securecreds", service = CredentialStore.class)
public final class SecureCreds implements CredentialStore {
  private final CredentialFiles files;

  /** The options of the stanza. */
  @OptionSet("securecreds")
  public record Options(
      @Option(doc = "the database that credmgr makes; unset: etc/credentials.db of this server")
          Optional<String> credentials,
      @Option(doc = "its key file; unset: etc/credentials.key of this server")
          Optional<String> key) {}

  /**
   * @throws ConfigException when the files cannot be read
   */
  @Activate
  public SecureCreds(Map<String, Object> properties) throws ConfigException {
    this(
        ModuleStanza.of(properties).options(Options.class),
        Path.of(System.getProperty("impetus.home", "")).resolve("etc"));
  }

  SecureCreds(Options options, Path etc) throws ConfigException {
    files =
        new CredentialFiles(
            path("credentials", options.credentials(), etc.resolve("credentials.db")),
            path("key", options.key(), etc.resolve("credentials.key")));
    try {
      // a key that is another, or open to all, is told now, not when a connection is opened
      files.cipher();
      for (Credential one : files.list()) {
        files.password(one);
      }
    } catch (IOException e) {
      throw new ConfigException("in securecreds: " + e.getMessage(), e);
    }
  }

  private static Path path(String option, Optional<String> written, Path usual)
      throws ConfigException {
    try {
      return written.map(Path::of).orElse(usual);
    } catch (InvalidPathException e) {
      throw new ConfigException("in securecreds: " + option + ": no name of a file", e);
    }
  }

  @Override
  public Optional<String> password(String host, String user, String facility)
      throws DatasourceException {
    Credential credential;
    try {
      credential = new Credential(host, user, facility);
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
    try {
      return files.password(credential);
    } catch (IOException e) {
      throw new DatasourceException("securecreds: " + e.getMessage(), false, e);
    }
  }
}
