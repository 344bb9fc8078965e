package org.impetusmta.module.seedlist;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.impetusmta.api.config.ConfigException;

/**
 * Finds the id of a campaign in a text: the group {@code campaignid} of a regular expression, which
 * may stand anywhere. The notation of PCRE for named groups, {@code (?P<campaignid>…)}, is
 * understood. Immutable.
 */
final class CampaignPattern {
  static final String GROUP = "campaignid";

  /** Characters of a text that are looked at, and of an id. */
  private static final int LONGEST_TEXT = 2000;

  private static final int LONGEST_ID = 255;

  private final Pattern pattern;

  private CampaignPattern(Pattern pattern) {
    this.pattern = pattern;
  }

  /**
   * Reads patterns.
   *
   * @param where what messages begin with
   */
  static List<CampaignPattern> of(List<String> texts, String where) throws ConfigException {
    List<CampaignPattern> patterns = new ArrayList<>();
    for (String text : texts) {
      Pattern pattern;
      try {
        pattern =
            Pattern.compile(
                text.replace("(?P<", "(?<").replaceAll("\\(\\?P=(\\w+)\\)", "\\\\k<$1>"));
      } catch (PatternSyntaxException bad) {
        throw new ConfigException(
            where + ": \"" + text + "\", expected a regular expression: " + bad.getDescription());
      }
      if (!pattern.namedGroups().containsKey(GROUP)) {
        throw new ConfigException(
            where + ": \"" + text + "\", expected a group (?P<" + GROUP + ">…) in it");
      }
      patterns.add(new CampaignPattern(pattern));
    }
    return List.copyOf(patterns);
  }

  /** The id in a text; empty where there is none. */
  Optional<String> find(String text) {
    Matcher found =
        pattern.matcher(text.length() > LONGEST_TEXT ? text.substring(0, LONGEST_TEXT) : text);
    return found.find()
        ? Optional.ofNullable(found.group(GROUP))
            .filter(id -> !id.isEmpty() && id.length() <= LONGEST_ID)
            .filter(id -> id.chars().noneMatch(c -> c < ' ' || c == 0x7f))
        : Optional.empty();
  }
}
