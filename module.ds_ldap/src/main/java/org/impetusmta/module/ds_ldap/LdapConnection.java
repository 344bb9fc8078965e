package org.impetusmta.module.ds_ldap;

import com.unboundid.ldap.sdk.LDAPConnection;
import com.unboundid.ldap.sdk.LDAPException;
import com.unboundid.ldap.sdk.LDAPSearchException;
import com.unboundid.ldap.sdk.ResultCode;
import com.unboundid.ldap.sdk.SearchRequest;
import com.unboundid.ldap.sdk.SearchResult;
import com.unboundid.ldap.sdk.SimpleBindRequest;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.impetusmta.api.datasource.DatasourceConnection;
import org.impetusmta.api.datasource.DatasourceException;
import org.impetusmta.api.datasource.DatasourceSettings;
import org.impetusmta.api.datasource.Query;
import org.impetusmta.api.datasource.Rows;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks directories: the one of the URI, or the one that a query names. Sockets come from the cache
 * and go back there; those that were bound with what came with a query are closed, so that every
 * password is looked at. Single; blocks.
 */
final class LdapConnection implements DatasourceConnection {
  private static final Logger LOG = LoggerFactory.getLogger(LdapConnection.class);

  /** The directory knows nobody of that name and password. */
  private static final Set<ResultCode> NOBODY =
      Set.of(
          ResultCode.INVALID_CREDENTIALS,
          ResultCode.INVALID_DN_SYNTAX,
          ResultCode.INAPPROPRIATE_AUTHENTICATION,
          ResultCode.NO_SUCH_OBJECT);

  private static final Set<ResultCode> SLOW =
      Set.of(ResultCode.TIMEOUT, ResultCode.TIME_LIMIT_EXCEEDED);

  private final LdapUrl connection;
  private final DatasourceSettings settings;
  private final ConnectionCache cache;
  private final LdapSecurity security;

  /** A bind that was refused. */
  private static final class Refused extends Exception {
    private static final long serialVersionUID = 1L;

    Refused(LDAPException cause) {
      super(cause);
    }
  }

  LdapConnection(
      LdapUrl connection,
      DatasourceSettings settings,
      ConnectionCache cache,
      LdapSecurity security) {
    this.connection = connection;
    this.settings = settings;
    this.cache = cache;
    this.security = security;
  }

  /** Connects to the host of the URI, where it names one, so that a dead one is known at once. */
  void connect() throws DatasourceException {
    boolean known = connection.extensions().values().stream().noneMatch(v -> v.contains("$"));
    if (connection.host().isEmpty() || !known) {
      return;
    }
    LdapQuestion question = LdapQuestion.of(connection, java.util.Map.of(), settings);
    try {
      ConnectionCache.Idle open = open(question);
      if (question.cached()) {
        cache.put(open);
      } else {
        open.connection().close();
      }
    } catch (Refused | LDAPException e) {
      throw failure(question, e, true);
    }
  }

  @Override
  public Rows query(Query query, int maxRows) throws DatasourceException {
    if (!query.positional().isEmpty()) {
      throw new DatasourceException("LDAP URLs have parameters by name alone, $name");
    }
    LdapUrl url;
    try {
      url = LdapUrl.parse(query.text()).or(connection);
    } catch (IllegalArgumentException e) {
      throw new DatasourceException("the LDAP URL: " + e.getMessage(), false, e);
    }
    LdapQuestion question = LdapQuestion.of(url, query.named(), settings);
    if (question.nameless()) {
      LOG.debug("a bind without a password to {} is refused", question.target());
      return Rows.NONE;
    }
    Optional<ConnectionCache.Idle> idle =
        question.cached() ? cache.take(question.target()) : Optional.empty();
    if (idle.isPresent()) {
      try {
        return ask(idle.get(), question, maxRows);
      } catch (LDAPException e) {
        idle.get().connection().close();
        if (e.getResultCode().isConnectionUsable() || SLOW.contains(e.getResultCode())) {
          throw failure(question, e, false); // nobody else is asked what is slow
        }
        LOG.debug("a cached connection to {} was lost", question.target(), e);
      }
    }
    return askAnew(question, maxRows);
  }

  private Rows askAnew(LdapQuestion question, int maxRows) throws DatasourceException {
    ConnectionCache.Idle open;
    try {
      open = open(question);
    } catch (Refused e) {
      if (question.guess()) {
        LOG.debug("{} refused a bind", question.target(), e);
        return Rows.NONE;
      }
      throw failure(question, e, true);
    } catch (LDAPException e) {
      throw failure(question, e, true);
    }
    try {
      return ask(open, question, maxRows);
    } catch (LDAPException e) {
      open.connection().close();
      boolean slow = SLOW.contains(e.getResultCode());
      throw failure(question, e, !slow && !e.getResultCode().isConnectionUsable());
    }
  }

  private ConnectionCache.Idle open(LdapQuestion question) throws Refused, LDAPException {
    Target target = question.target();
    LDAPConnection open = security.open(target);
    if (target.bind().isPresent()) {
      SimpleBindRequest bind = new SimpleBindRequest(target.bindName(), target.bindPassword());
      bind.setResponseTimeoutMillis(target.responseMillis());
      try {
        open.bind(bind);
      } catch (LDAPException e) {
        open.close();
        if (NOBODY.contains(e.getResultCode())) {
          throw new Refused(e);
        }
        throw e;
      }
    }
    return new ConnectionCache.Idle(target, open, cache.now());
  }

  /** Gives the connection back where all went well. */
  private Rows ask(ConnectionCache.Idle open, LdapQuestion question, int maxRows)
      throws LDAPException {
    Rows answer =
        question.bindOnly()
            ? new Rows(
                List.of(question.returnDn().orElse("dn")),
                List.of(List.of(question.target().bindName())))
            : search(open.connection(), question, maxRows);
    if (question.cached()) {
      cache.put(open);
    } else {
      open.connection().close();
    }
    return answer;
  }

  private Rows search(LDAPConnection open, LdapQuestion question, int maxRows)
      throws LDAPException {
    if (maxRows == 0) {
      return Rows.NONE;
    }
    SearchRequest request =
        new SearchRequest(
            question.base(),
            question.scope(),
            question.filter(),
            question.columns().toArray(String[]::new));
    request.setSizeLimit(Math.max(0, maxRows));
    request.setTimeLimitSeconds(question.searchSeconds());
    request.setResponseTimeoutMillis(question.searchSeconds() * 1000L);
    SearchResult found;
    try {
      found = open.search(request);
    } catch (LDAPSearchException e) {
      boolean noName =
          e.getResultCode().equals(ResultCode.INVALID_DN_SYNTAX) && question.guessedBase();
      if (e.getResultCode().equals(ResultCode.NO_SUCH_OBJECT) || noName) {
        return Rows.NONE;
      }
      if (!e.getResultCode().equals(ResultCode.SIZE_LIMIT_EXCEEDED) || maxRows < 0) {
        throw e;
      }
      found = e.getSearchResult();
    }
    return Answers.of(
        found.getSearchEntries(),
        question.columns(),
        question.returnDn(),
        settings.assumeCharset());
  }

  private static DatasourceException failure(LdapQuestion question, Exception e, boolean lost) {
    Throwable cause = e instanceof Refused ? e.getCause() : e;
    String text =
        cause instanceof LDAPException ldap
            ? ldap.getResultCode().getName() + ": " + ldap.getMessage()
            : String.valueOf(cause);
    return new DatasourceException(
        question.target() + ": " + text.strip().replaceAll("\\s+", " "), lost, e);
  }

  @Override
  public void close() {
    // the sockets are the cache's
  }
}
