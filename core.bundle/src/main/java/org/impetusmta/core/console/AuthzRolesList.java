package org.impetusmta.core.console;

import java.util.List;
import org.impetusmta.api.auth.AuthException;
import org.impetusmta.api.console.ConsoleCommand;
import org.impetusmta.api.console.ConsoleException;
import org.impetusmta.api.console.ConsoleInvocation;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * {@code authz roles list}: the roles of the stanza Authorization, and the groups of the source
 * that the listener's AuthorizationParameters name, where it can list them. Concurrent. Source:
 * console_commands.authz_roles_list.
 */
@Component(service = ConsoleCommand.class)
public final class AuthzRolesList implements ConsoleCommand {
  private final Authorizer authorizer;

  @Activate
  public AuthzRolesList(@Reference Authorizer authorizer) {
    this.authorizer = authorizer;
  }

  @Override
  public String name() {
    return "authz roles list";
  }

  @Override
  public String synopsis() {
    return "";
  }

  @Override
  public String summary() {
    return "show the roles that the configuration has, in XML";
  }

  @Override
  public boolean hasXml() {
    return true;
  }

  @Override
  public void run(ConsoleInvocation invocation) throws ConsoleException {
    List<String> names;
    try {
      names = authorizer.names(invocation.operator());
    } catch (AuthException e) {
      throw new ConsoleException("the groups cannot be looked up: " + e.getMessage());
    }
    invocation.println("<Roles>");
    names.forEach(role -> invocation.println(" <Role name=\"" + Xml.text(role) + "\"/>"));
    invocation.println("</Roles>");
  }
}
