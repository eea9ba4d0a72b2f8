package dev.fovea.server.http;

import dev.fovea.server.protocol.ProtocolException;
import dev.fovea.server.protocol.Words;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A request that has been read to its end.
 *
 * @param path the parts of the path that the route leaves open, by name
 * @param query the values of each parameter, in their order
 * @param headers by name in lower case
 * @param body decompressed
 */
public record Call(
    Map<String, String> path,
    Map<String, List<String>> query,
    Map<String, String> headers,
    byte[] body) {

  /** A part of the path. */
  public String part(String name) {
    String value = path.get(name);
    if (value == null) {
      throw new IllegalStateException("the route has no part {" + name + "}");
    }
    return value;
  }

  /** A header; of several with this name the first. */
  public Optional<String> header(String name) {
    return Optional.ofNullable(headers.get(name.toLowerCase(Locale.ROOT)));
  }

  /** The media type of the body in lower case without parameters; empty if none is given. */
  public String mediaType() {
    String given = header("Content-Type").orElse("");
    int end = given.indexOf(';');
    return (end < 0 ? given : given.substring(0, end)).strip().toLowerCase(Locale.ROOT);
  }

  /** The values of a parameter of the query, maybe none. */
  public List<String> all(String parameter) {
    return query.getOrDefault(parameter, List.of());
  }

  /** The value of a parameter that may be given once. */
  public Optional<String> one(String parameter) {
    List<String> values = all(parameter);
    if (values.size() > 1) {
      throw ProtocolException.badRequest(
          "the query parameter "
              + parameter
              + " is given "
              + values.size()
              + " times; give it once");
    }
    return values.stream().findFirst();
  }

  /** Refuses parameters that nobody would read, which are misspelled. */
  public void onlyKnows(Set<String> parameters) {
    for (String given : query.keySet()) {
      if (!parameters.contains(given)) {
        throw ProtocolException.badRequest(
            "unknown query parameter "
                + Words.quoted(given)
                + "; known are "
                + String.join(", ", parameters.stream().sorted().toList()));
      }
    }
  }
}
