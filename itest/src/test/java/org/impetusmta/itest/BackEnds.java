package org.impetusmta.itest;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.impetusmta.testkit.peers.FreeRadius;
import org.impetusmta.testkit.peers.MariaDb;
import org.impetusmta.testkit.peers.Memcached;
import org.impetusmta.testkit.peers.Peer;
import org.impetusmta.testkit.peers.Postgresql;
import org.impetusmta.testkit.peers.RedisServer;
import org.impetusmta.testkit.peers.Slapd;
import org.impetusmta.testkit.peers.SqlServer;

/** The servers that modules ask, with what a test has them know. Stateless. */
enum BackEnds {
  PGSQL {
    @Override
    BackEnd start(Path home) throws Exception {
      return sql(Postgresql.launch(TABLES), "pgsql:");
    }
  },

  MYSQL {
    @Override
    BackEnd start(Path home) throws Exception {
      return sql(MariaDb.launch(TABLES), "mysql:");
    }
  },

  LDAP {
    @Override
    BackEnd start(Path home) throws Exception {
      Slapd server =
          Slapd.launch(
              "",
              """
              dn: dc=example
              objectClass: dcObject
              objectClass: organization
              o: Example
              dc: example

              dn: uid=%1$s,dc=example
              objectClass: account
              objectClass: simpleSecurityObject
              uid: %1$s
              userPassword: %2$s

              dn: cn=%3$s,dc=example
              objectClass: device
              objectClass: extensibleObject
              cn: %3$s
              mail: %4$s
              mail: %5$s

              """
                  .formatted(
                      BackEnd.USER, BackEnd.PASSWORD, BackEnd.LIST, TWO.getFirst(), TWO.getLast()));
      return datasource(
          server,
          "ldap://127.0.0.1:%d/dc=example??sub??bindname=cn=admin%%2Cdc=example,x-bindpw=admin"
              .formatted(server.port()),
          "ldap:///dc=example?userPassword?sub?(uid=$user)",
          "ldap:///dc=example?mail?sub?(cn=$address)",
          TWO,
          BackEnd.NOTHING);
    }
  },

  REDIS {
    @Override
    BackEnd start(Path home) throws Exception {
      RedisServer server = RedisServer.launch();
      BackEnd.Filling fill =
          () ->
              tell(
                  server.port(),
                  "AUTH %s\r\nSET \"user:%s\" \"%s\"\r\nRPUSH \"alias:%s\" %s\r\nQUIT\r\n"
                      .formatted(
                          RedisServer.PASSWORD,
                          BackEnd.USER,
                          BackEnd.PASSWORD,
                          BackEnd.LIST,
                          String.join(" ", TWO)));
      fill.run();
      return datasource(
          server,
          "redis:host=127.0.0.1;port=" + server.port() + ";password=" + RedisServer.PASSWORD,
          "GET user:$user",
          "LRANGE alias:$address 0 -1",
          TWO,
          fill);
    }
  },

  MEMCACHE {
    @Override
    BackEnd start(Path home) throws Exception {
      Memcached server = Memcached.launch();
      BackEnd.Filling fill =
          () ->
              tell(
                  server.port(),
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
          server,
          "memcache:host=127.0.0.1;port=" + server.port(),
          "user:$user",
          "alias:$address",
          TWO.subList(0, 1),
          fill);
    }
  },

  RADIUS {
    @Override
    BackEnd start(Path home) throws Exception {
      FreeRadius server = FreeRadius.launch(Map.of(BackEnd.USER, BackEnd.PASSWORD));
      return new BackEnd(
          """
          auth_radius {
            server "one" { host = "127.0.0.1:%d" secret = "%s" timeout = 60 max_tries = 1 }
          }
          """
              .formatted(server.port(), FreeRadius.SECRET),
          "radius://",
          false,
          List.of(),
          "config set auth_radius server one timeout 2",
          "AUTH PLAIN: ",
          server,
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
      int port = Server.freePort();
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
          BackEnd.peer(judge),
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

  /** Starts it; {@code home} is a folder for what the test leaves behind. */
  abstract BackEnd start(Path home) throws Exception;

  private static BackEnd sql(SqlServer server, String scheme) {
    return datasource(
        server,
        scheme + server.keys() + ";password=" + SqlServer.PASSWORD,
        "SELECT password FROM users WHERE name = :user",
        "SELECT expansion FROM aliases WHERE address = :address",
        TWO,
        BackEnd.NOTHING);
  }

  private static BackEnd datasource(
      Peer server,
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
        server,
        fill);
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
