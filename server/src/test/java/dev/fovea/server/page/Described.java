package dev.fovea.server.page;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion.VersionFlag;
import com.networknt.schema.ValidationMessage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** What {@code openapi.json} says, for tests that hold a server to it. */
public final class Described {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final JsonNode document;

  /** Reads the document that the server sends. */
  public Described() {
    try {
      document = JSON.readTree(WebPage.find("/openapi.json").orElseThrow().bytes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  JsonNode document() {
    return document;
  }

  /** Every path with its method, such as {@code GET /v2/models/{model}}. */
  public Set<String> routes() {
    Set<String> routes = new TreeSet<>();
    for (Map.Entry<String, JsonNode> path : document.get("paths").properties()) {
      for (String verb : List.of("get", "put", "post", "delete", "patch")) {
        if (path.getValue().has(verb)) {
          routes.add(verb.toUpperCase(Locale.ROOT) + " " + path.getKey());
        }
      }
    }
    return routes;
  }

  /** Whether a route is only for whom the server trusts, where it has a token. */
  public boolean needsToken(String route) {
    JsonNode security = operation(route).path("security");
    return security.isMissingNode() || !security.isEmpty();
  }

  private JsonNode operation(String route) {
    String[] sides = route.split(" ", 2);
    return document.get("paths").path(sides[1]).path(sides[0].toLowerCase(Locale.ROOT));
  }

  /**
   * What is wrong with an answer.
   *
   * @param route as of {@link #routes()}
   * @return empty if the status is described, and the body is as its schema says
   */
  public List<String> faults(String route, int status, String contentType, byte[] body) {
    JsonNode response = resolved(operation(route).path("responses").path(String.valueOf(status)));
    String media = contentType.split(";", 2)[0].strip();
    JsonNode schema = response.path("content").path(media).path("schema");
    if (schema.isMissingNode()) {
      return List.of(route + " with status " + status + " and " + media + " is not described");
    }
    if (!media.equals("application/json")) {
      return List.of();
    }
    try {
      return faults(schema, JSON.readTree(body));
    } catch (IOException e) {
      return List.of(route + ": not JSON: " + e.getMessage());
    }
  }

  /** What is wrong with a value; a field that the schema does not know is wrong too. */
  List<String> faults(JsonNode schema, JsonNode value) {
    ObjectNode whole =
        JSON.createObjectNode().put("$schema", "https://json-schema.org/draft/2020-12/schema");
    whole.setAll((ObjectNode) closed(schema.deepCopy()));
    whole.set("components", closed(document.get("components").deepCopy()));
    JsonSchema compiled = JsonSchemaFactory.getInstance(VersionFlag.V202012).getSchema(whole);
    return compiled.validate(value).stream().map(ValidationMessage::getMessage).sorted().toList();
  }

  /**
   * Every object takes the fields that it names and no others, so that the document misses none.
   */
  private static JsonNode closed(JsonNode node) {
    if (node.has("properties") && node.path("type").asText().equals("object")) {
      ((ObjectNode) node).put("additionalProperties", false);
    }
    for (JsonNode child : node) {
      closed(child);
    }
    return node;
  }

  JsonNode resolved(JsonNode node) {
    return node.has("$ref") ? document.at(node.get("$ref").asText().substring(1)) : node;
  }

  /** Every reference in the document. */
  List<String> references() {
    List<String> found = new ArrayList<>();
    for (JsonNode ref : document.findValues("$ref")) {
      found.add(ref.asText());
    }
    return found;
  }
}
