package org.impetusmta.module.alias;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.impetusmta.api.datasource.DatasourceException;
import org.impetusmta.api.message.Address;
import org.jspecify.annotations.Nullable;

/**
 * Expands one recipient until nothing changes. Each address is asked about once, so it ends; those
 * that were expanded do not come back. Single: one answer after the other, on whatever thread the
 * sources complete.
 */
final class Expansion {
  /** Addresses that one recipient may become, and that may be asked about on the way. */
  static final int MOST = 1000;

  /** What one address stands for; none: for itself. */
  interface Aliases extends Function<Address, CompletionStage<List<Address>>> {}

  private final Address recipient;
  private final Aliases aliases;
  private final Deque<Address> open = new ArrayDeque<>();
  private final Set<String> seen = new HashSet<>();
  private final List<Address> results = new ArrayList<>();
  private final CompletableFuture<Optional<List<Address>>> done = new CompletableFuture<>();

  private Expansion(Address recipient, Aliases aliases) {
    this.recipient = recipient;
    this.aliases = aliases;
  }

  /**
   * What a recipient becomes; empty where it stays. Ends with a {@link DatasourceException} where
   * that cannot be known now.
   */
  static CompletionStage<Optional<List<Address>>> of(Address recipient, Aliases aliases) {
    Expansion expansion = new Expansion(recipient, aliases);
    expansion.open.add(recipient);
    expansion.seen.add(key(recipient));
    expansion.run();
    return expansion.done;
  }

  /** Answers that are there already are taken in a loop: the stack does not grow with them. */
  private void run() {
    while (!open.isEmpty()) {
      Address next = open.remove();
      CompletableFuture<List<Address>> answer = aliases.apply(next).toCompletableFuture();
      if (!answer.isDone()) {
        answer.whenComplete(
            (found, failure) -> {
              if (took(next, found, failure)) {
                run();
              }
            });
        return;
      }
      List<Address> found = null;
      Throwable failure = null;
      try {
        found = answer.join();
      } catch (CompletionException | CancellationException e) {
        failure = e;
      }
      if (!took(next, found, failure)) {
        return;
      }
    }
    end();
  }

  private boolean took(Address asked, @Nullable List<Address> found, @Nullable Throwable failure) {
    if (failure != null || found == null) {
      Throwable cause =
          failure instanceof CompletionException && failure.getCause() != null
              ? failure.getCause()
              : failure;
      done.completeExceptionally(
          cause == null ? new DatasourceException("no answer at all") : cause);
      return false;
    }
    if (found.isEmpty()) {
      results.add(asked);
      return true;
    }
    for (Address one : found) {
      if (seen.add(key(one))) {
        open.add(one);
      }
    }
    if (seen.size() > MOST) {
      done.completeExceptionally(
          new DatasourceException("aliases that come to more than " + MOST + " addresses"));
      return false;
    }
    return true;
  }

  /** Aliases that lead nowhere but to each other leave the recipient as it is. */
  private void end() {
    List<Address> found = List.copyOf(results);
    boolean same = found.isEmpty() || found.equals(List.of(recipient));
    done.complete(same ? Optional.empty() : Optional.of(found));
  }

  static String key(Address address) {
    return address.localpart() + '@' + address.domain().toLowerCase(Locale.ROOT);
  }
}
