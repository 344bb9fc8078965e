package org.impetusmta.itest;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.impetusmta.testkit.net.Daemon;

/**
 * The servers that modules ask, as a test starts them on free ports of the loopback interface. What
 * is not installed skips the test. Stateless.
 */
enum BackEnds {
  /** Debian: postgresql. */
  PGSQL {
    @Override
    BackEnd start(Path home) throws Exception {
      Path bin = postgresql();
      Path folder = Daemon.folder("pgsql");
      String data = folder.resolve("data").toString();
      Daemon.run(
          Daemon.unprivileged(
                  List.of(
                      bin.resolve("initdb").toString(),
                      "-D",
                      data,
                      "-U",
                      "mta",
                      "--auth=trust",
                      "-N",
                      "-E",
                      "UTF8",
                      "--locale=C"))
              .toArray(String[]::new));
      Path tables =
          Files.writeString(home.resolve("tables.sql"), TABLES.replace("VARCHAR(99)", "TEXT"));
      Process single =
          new ProcessBuilder(
                  Daemon.unprivileged(
                      List.of(
                          bin.resolve("postgres").toString(), "--single", "-D", data, "postgres")))
              .redirectInput(tables.toFile())
              .redirectErrorStream(true)
              .redirectOutput(home.resolve("tables.log").toFile())
              .start();
      if (single.waitFor() != 0) {
        throw new AssertionError(Files.readString(home.resolve("tables.log")));
      }
      int port = Daemon.freePort();
      Daemon daemon =
          Daemon.start(
              Daemon.unprivileged(
                  List.of(
                      bin.resolve("postgres").toString(),
                      "-D",
                      data,
                      "-h",
                      "127.0.0.1",
                      "-p",
                      Integer.toString(port),
                      "-k",
                      "",
                      "-c",
                      "fsync=off")),
              port,
              folder);
      return sql(daemon, "pgsql:host=127.0.0.1;port=" + port + ";dbname=postgres;user=mta");
    }
  },

  /** Debian: mariadb-server. */
  MYSQL {
    @Override
    BackEnd start(Path home) throws Exception {
      Path server = program("mariadbd", "mariadb-server");
      Path install = program("mariadb-install-db", "mariadb-server");
      Path folder = Daemon.folder("mysql");
      String data = folder.resolve("data").toString();
      String user = Daemon.isRoot() ? "nobody" : System.getProperty("user.name");
      Daemon.run(
          install.toString(),
          "--no-defaults",
          "--datadir=" + data,
          "--user=" + user,
          "--tmpdir=" + folder,
          "--skip-test-db",
          "--auth-root-authentication-method=normal");
      Path init =
          Files.writeString(
              folder.resolve("init.sql"),
              """
              CREATE DATABASE IF NOT EXISTS mail;
              CREATE OR REPLACE USER mta@'127.0.0.1' IDENTIFIED BY 'secret';
              GRANT SELECT ON mail.* TO mta@'127.0.0.1';
              USE mail;
              DROP TABLE IF EXISTS users, aliases;
              """
                  + TABLES);
      int port = Daemon.freePort();
      Daemon daemon =
          Daemon.start(
              List.of(
                  server.toString(),
                  "--no-defaults",
                  "--datadir=" + data,
                  "--user=" + user,
                  "--tmpdir=" + folder,
                  "--bind-address=127.0.0.1",
                  "--port=" + port,
                  "--socket=" + folder.resolve("s"),
                  "--pid-file=" + folder.resolve("data/pid"),
                  "--skip-name-resolve",
                  "--innodb-buffer-pool-size=16M",
                  "--innodb-flush-log-at-trx-commit=0",
                  "--init-file=" + init),
              port,
              folder);
      return sql(
          daemon, "mysql:host=127.0.0.1;port=" + port + ";dbname=mail;user=mta;password=secret");
    }
  },

  /** Debian: slapd. */
  LDAP {
    @Override
    BackEnd start(Path home) throws Exception {
      Path slapd = program("slapd", "slapd");
      Path slapadd = program("slapadd", "slapd");
      Path folder = Daemon.folder("slapd");
      Files.createDirectory(folder.resolve("data"));
      Path conf =
          Files.writeString(
              folder.resolve("slapd.conf"),
              """
              include /etc/ldap/schema/core.schema
              include /etc/ldap/schema/cosine.schema
              modulepath /usr/lib/ldap
              moduleload back_mdb
              database mdb
              suffix "dc=example"
              rootdn "cn=admin,dc=example"
              rootpw admin
              directory %s/data
              """
                  .formatted(folder));
      Path entries =
          Files.writeString(
              folder.resolve("data.ldif"),
              """
              dn: dc=example
              objectClass: dcObject
              objectClass: organization
              o: Example
              dc: example

              dn: uid=%s,dc=example
              objectClass: account
              objectClass: simpleSecurityObject
              uid: %s
              userPassword: %s

              dn: cn=%s,dc=example
              objectClass: device
              objectClass: extensibleObject
              cn: %s
              mail: %s
              mail: %s

              """
                  .formatted(
                      BackEnd.USER,
                      BackEnd.USER,
                      BackEnd.PASSWORD,
                      BackEnd.LIST,
                      BackEnd.LIST,
                      TWO.getFirst(),
                      TWO.getLast()));
      Daemon.run(slapadd.toString(), "-q", "-f", conf.toString(), "-l", entries.toString());
      int port = Daemon.freePort();
      String url = "ldap://127.0.0.1:" + port;
      Daemon daemon =
          Daemon.start(
              List.of(slapd.toString(), "-d", "0", "-f", conf.toString(), "-h", url), port, folder);
      return datasource(
          daemon,
          url + "/dc=example??sub??bindname=cn=admin%2Cdc=example,x-bindpw=admin",
          "ldap:///dc=example?userPassword?sub?(uid=$user)",
          "ldap:///dc=example?mail?sub?(cn=$address)",
          TWO,
          BackEnd.NOTHING);
    }
  },

  /** Debian: redis-server. */
  REDIS {
    @Override
    BackEnd start(Path home) throws Exception {
      Path folder = Daemon.folder("redis");
      int port = Daemon.freePort();
      Daemon daemon =
          Daemon.start(
              List.of(
                  program("redis-server", "redis-server").toString(),
                  "--bind",
                  "127.0.0.1",
                  "--port",
                  Integer.toString(port),
                  "--save",
                  "",
                  "--dir",
                  folder.toString(),
                  "--requirepass",
                  "secret"),
              port,
              folder);
      BackEnd.Filling fill =
          () ->
              tell(
                  port,
                  "AUTH secret\r\nSET \"user:%s\" \"%s\"\r\nRPUSH \"alias:%s\" %s\r\nQUIT\r\n"
                      .formatted(
                          BackEnd.USER, BackEnd.PASSWORD, BackEnd.LIST, String.join(" ", TWO)));
      fill.run();
      return datasource(
          daemon,
          "redis:host=127.0.0.1;port=" + port + ";password=secret",
          "GET user:$user",
          "LRANGE alias:$address 0 -1",
          TWO,
          fill);
    }
  },

  /** Debian: memcached. */
  MEMCACHE {
    @Override
    BackEnd start(Path home) throws Exception {
      int port = Daemon.freePort();
      List<String> command = new ArrayList<>(List.of(program("memcached", "memcached").toString()));
      if (Daemon.isRoot()) {
        command.addAll(List.of("-u", "nobody"));
      }
      command.addAll(
          List.of("-l", "127.0.0.1", "-p", Integer.toString(port), "-U", "0", "-m", "8"));
      Daemon daemon = Daemon.start(command, port, Daemon.folder("memcached"));
      BackEnd.Filling fill =
          () ->
              tell(
                  port,
                  "set user:%s 0 0 %d\r\n%s\r\nset alias:%s 0 0 %d\r\n%s\r\nquit\r\n"
                      .formatted(
                          BackEnd.USER,
                          BackEnd.PASSWORD.length(),
                          BackEnd.PASSWORD,
                          BackEnd.LIST,
                          TWO.getFirst().length(),
                          TWO.getFirst()));
      fill.run();
      return datasource(
          daemon,
          "memcache:host=127.0.0.1;port=" + port,
          "user:$user",
          "alias:$address",
          TWO.subList(0, 1),
          fill);
    }
  },

  /** Debian: freeradius. */
  RADIUS {
    @Override
    BackEnd start(Path home) throws Exception {
      Path program = program("freeradius", "freeradius");
      Path folder = Daemon.folder("radius");
      int port = Daemon.freePort();
      Files.writeString(
          folder.resolve("users"),
          "%s Cleartext-Password := \"%s\"\n".formatted(BackEnd.USER, BackEnd.PASSWORD));
      Files.writeString(
          folder.resolve("radiusd.conf"),
          RADIUSD.replace("FOLDER", folder.toString()).replace("PORT", Integer.toString(port)));
      Daemon daemon =
          Daemon.start(List.of(program.toString(), "-f", "-d", folder.toString()), port, folder);
      return new BackEnd(
          """
          auth_radius {
            server "one" { host = "127.0.0.1:%d" secret = "s3cret" timeout = 60 max_tries = 1 }
          }
          """
              .formatted(port),
          "radius://",
          false,
          List.of(),
          "config set auth_radius server one timeout 2",
          "AUTH PLAIN: ",
          BackEnd.running(daemon),
          BackEnd.NOTHING);
    }
  },

  /** Another MTA of ours. */
  SMTP {
    @Override
    BackEnd start(Path home) throws Exception {
      Path passwords =
          Files.writeString(
              home.resolve("passwords"), BackEnd.USER + ":" + BackEnd.PASSWORD + "\n");
      int port = Daemon.freePort();
      Server judge =
          Server.startWith(
              home.resolve("judge"),
              port,
              Server.configuration(home.resolve("judge"), port)
                      .replace(
                          "\" { }",
                          "\" { SMTP_Extensions = ( \"ENHANCEDSTATUSCODES\" \"AUTH PLAIN\" )"
                              + " AuthPlainParameters = [ uri = \"file://"
                              + passwords
                              + "\" ] }")
                  + "Auth_Failures_Per_Address = 0\n");
      return new BackEnd(
          "smtp_auth_proxy { host = \"127.0.0.1\" port = %d timeout = 60 }\n".formatted(port),
          "smtp_auth_proxy://",
          false,
          List.of(),
          "config set smtp_auth_proxy timeout 2",
          "AUTH PLAIN: ",
          BackEnd.running(judge),
          BackEnd.NOTHING);
    }
  };

  private static final List<String> TWO = List.of("one@far.example", "two@far.example");

  private static final String TABLES =
      """
      CREATE TABLE users (name VARCHAR(99), password VARCHAR(99));
      INSERT INTO users VALUES ('%s', '%s');
      CREATE TABLE aliases (address VARCHAR(99), expansion VARCHAR(99));
      INSERT INTO aliases VALUES ('%s', '%s'), ('%s', '%s');
      """
          .formatted(
              BackEnd.USER,
              BackEnd.PASSWORD,
              BackEnd.LIST,
              TWO.getFirst(),
              BackEnd.LIST,
              TWO.getLast());

  private static final String RADIUSD =
      """
      prefix = /usr
      raddbdir = FOLDER
      logdir = FOLDER
      run_dir = FOLDER
      libdir = /usr/lib/freeradius
      log {
        destination = files
        file = FOLDER/log
      }
      security {
        reject_delay = 0
      }
      thread pool {
        start_servers = 1
        max_servers = 2
        min_spare_servers = 1
        max_spare_servers = 2
      }
      modules {
        pap {
        }
        files {
          usersfile = FOLDER/users
        }
      }
      client lo {
        ipaddr = 127.0.0.1
        proto = *
        secret = s3cret
      }
      server default {
        listen {
          type = auth
          ipaddr = 127.0.0.1
          port = PORT
        }
        # so that a test sees when it is there
        listen {
          type = auth
          proto = tcp
          ipaddr = 127.0.0.1
          port = PORT
        }
        authorize {
          files
          pap
        }
        authenticate {
          pap
        }
        post-auth {
          update reply {
            Message-Authenticator := 0x00
          }
          Post-Auth-Type REJECT {
            update reply {
              Message-Authenticator := 0x00
            }
          }
        }
      }
      """;

  /** Starts it; {@code home} is a folder for what the test leaves behind. */
  abstract BackEnd start(Path home) throws Exception;

  private static BackEnd sql(Daemon daemon, String uri) {
    return datasource(
        daemon,
        uri,
        "SELECT password FROM users WHERE name = :user",
        "SELECT expansion FROM aliases WHERE address = :address",
        TWO,
        BackEnd.NOTHING);
  }

  private static BackEnd datasource(
      Daemon daemon,
      String uri,
      String passwords,
      String aliases,
      List<String> members,
      BackEnd.Filling fill) {
    return new BackEnd(
        """
        Datasource "users" {
          uri = ( "%s" )
          no_cache = true
          query_timeout = 60
          connect_timeout = 2
          retry_dead = 1
        }
        auth_ds {
          Scheme "ecauth" {
            Authenticate {
              cache = "users"
              query = "%s"
              map = [ user = "%%{username}" ]
              returns_password = "true"
              type = "clear"
            }
            QueryGroups {
              cache = "users"
              query = "%s"
              map = [ address = "%%{username}" ]
            }
          }
        }
        alias "aliases" {
          Scheme "lists" {
            cache = "users"
            query = "%s"
            map = [ address = "%%{rcptto}" ]
          }
        }
        Pathway "aliased" { Alias_Schemes = ( "lists" ) }
        """
            .formatted(uri, passwords, aliases, aliases),
        "ecauth://",
        true,
        members,
        "config set datasource users query_timeout 2",
        "the Datasource \"users\": ",
        BackEnd.running(daemon),
        fill);
  }

  private static Path program(String name, String debian) {
    Optional<Path> found = Daemon.program(name);
    assumeTrue(found.isPresent(), "needs the Debian package " + debian);
    return found.orElseThrow();
  }

  private static Path postgresql() throws IOException {
    Path all = Path.of("/usr/lib/postgresql");
    assumeTrue(Files.isDirectory(all), "needs the Debian package postgresql");
    try (Stream<Path> versions = Files.list(all)) {
      return versions
          .map(version -> version.resolve("bin"))
          .filter(bin -> Files.exists(bin.resolve("initdb")))
          .findFirst()
          .orElseThrow();
    }
  }

  /** Says lines to a server and waits until it hangs up. */
  private static void tell(int port, String lines) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.getOutputStream().write(lines.getBytes(StandardCharsets.US_ASCII));
      String said = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
      if (said.contains("ERR")) {
        throw new AssertionError(said);
      }
    }
  }
}
