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
 * {@code authz id}: who the operator is, and the roles that are known of him. Concurrent. Source:
 * console_commands.authz_id.
 */
@Component(service = ConsoleCommand.class)
public final class AuthzId implements ConsoleCommand {
  private final Authorizer authorizer;

  @Activate
  public AuthzId(@Reference Authorizer authorizer) {
    this.authorizer = authorizer;
  }

  @Override
  public String name() {
    return "authz id";
  }

  @Override
  public String synopsis() {
    return "";
  }

  @Override
  public String summary() {
    return "show who you are and your roles, in XML";
  }

  @Override
  public boolean hasXml() {
    return true;
  }

  @Override
  public void run(ConsoleInvocation invocation) throws ConsoleException {
    String user = invocation.operator().name().get();
    List<String> roles;
    try {
      roles = authorizer.rolesOf(invocation.operator(), user);
    } catch (AuthException e) {
      throw new ConsoleException("your roles cannot be looked up: " + e.getMessage());
    }
    invocation.println("<AuthzInformation username=\"" + Xml.text(user) + "\">");
    invocation.println("  <Roles>");
    roles.forEach(role -> invocation.println("    <Role name=\"" + Xml.text(role) + "\"/>"));
    invocation.println("  </Roles>");
    invocation.println("</AuthzInformation>");
  }
}
