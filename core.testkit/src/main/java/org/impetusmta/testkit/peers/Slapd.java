package org.impetusmta.testkit.peers;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * The directory server of OpenLDAP (Debian: slapd) for what is below {@code dc=example}, whose
 * owner is {@code cn=admin,dc=example} with the password {@code admin}. Single.
 */
public final class Slapd extends Daemon {
  private final Path server;
  private final Path fill;
  private final String settings;
  private final String entries;
  private final int tlsPort = freePort();

  private Slapd(Path server, Path fill, String settings, String entries) throws IOException {
    super("slapd", "openldap");
    this.server = server;
    this.fill = fill;
    this.settings = settings;
    this.entries = entries;
  }

  /**
   * Starts one.
   *
   * @param settings lines of slapd.conf that hold for all of the server
   * @param entries what it knows, as LDIF
   */
  public static Slapd launch(String settings, String entries)
      throws IOException, InterruptedException {
    return launch(
        new Slapd(installed("slapd", "slapd"), installed("slapadd", "slapd"), settings, entries));
  }

  /** Where it takes connections with TLS from their first octet on. */
  public int tlsPort() {
    return tlsPort;
  }

  /** Its certificate, for localhost and 127.0.0.1, which it has signed itself. */
  public Path certificate() {
    return folder().resolve("cert.pem");
  }

  public Path key() {
    return folder().resolve("key.pem");
  }

  private String configuration() {
    return folder().resolve("slapd.conf").toString();
  }

  @Override
  protected void prepare() throws IOException, InterruptedException {
    run("mkdir", folder().resolve("data").toString());
    selfSigned();
    file(
        "slapd.conf",
        """
        include /etc/ldap/schema/core.schema
        include /etc/ldap/schema/cosine.schema
        modulepath /usr/lib/ldap
        moduleload back_mdb
        TLSCertificateFile %1$s/cert.pem
        TLSCertificateKeyFile %1$s/key.pem
        %2$s
        database mdb
        suffix "dc=example"
        rootdn "cn=admin,dc=example"
        rootpw admin
        directory %1$s/data
        """
            .formatted(folder(), settings));
    Path ldif = file("data.ldif", entries);
    run(fill.toString(), "-q", "-f", configuration(), "-l", ldif.toString());
  }

  @Override
  protected List<String> command() {
    return List.of(
        server.toString(),
        "-d",
        "0",
        "-f",
        configuration(),
        "-h",
        "ldap://127.0.0.1:%d ldaps://127.0.0.1:%d".formatted(port(), tlsPort));
  }
}
