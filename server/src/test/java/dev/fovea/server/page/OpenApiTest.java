package dev.fovea.server.page;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The document itself. That the server is as it says is held by {@code DescribedServerTest}. */
class OpenApiTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private final Described described = new Described();

  @Test
  void everyReferenceLeadsSomewhereAndEveryPartIsUsed() {
    Set<String> used = new HashSet<>(described.references());
    assertThat(used)
        .allSatisfy(
            ref ->
                assertThat(described.document().at(ref.substring(1)).isMissingNode())
                    .as(ref)
                    .isFalse());
    List<String> parts = new ArrayList<>();
    for (String kind : List.of("schemas", "responses", "parameters")) {
      described
          .document()
          .at("/components/" + kind)
          .fieldNames()
          .forEachRemaining(name -> parts.add("#/components/" + kind + "/" + name));
    }
    assertThat(used).containsAll(parts);
  }

  @Test
  void everyOperationHasANameOfItsOwnASummaryAndAGroupThatExists() {
    Set<String> groups = new HashSet<>();
    described.document().get("tags").forEach(tag -> groups.add(tag.get("name").asText()));
    List<String> names = new ArrayList<>();
    for (JsonNode path : described.document().get("paths")) {
      for (String verb : List.of("get", "post")) {
        if (path.has(verb)) {
          JsonNode operation = path.get(verb);
          names.add(operation.get("operationId").asText());
          assertThat(operation.get("summary").asText()).isNotBlank().doesNotEndWith(".");
          assertThat(groups).contains(operation.at("/tags/0").asText());
        }
      }
    }
    assertThat(names).doesNotHaveDuplicates().hasSizeGreaterThan(20);
  }

  @Test
  void everyOpenPartOfAPathIsAParameter() {
    for (String route : described.routes()) {
      String path = route.split(" ")[1];
      JsonNode item = described.document().get("paths").get(path);
      Set<String> named = new HashSet<>();
      List<JsonNode> lists = List.of(item.path("parameters"), item.path("get").path("parameters"));
      lists.forEach(
          list ->
              list.forEach(
                  p -> {
                    JsonNode real = described.resolved(p);
                    if (real.get("in").asText().equals("path")) {
                      named.add("{" + real.get("name").asText() + "}");
                    }
                  }));
      Set<String> open = new HashSet<>();
      for (String part : path.split("/")) {
        if (part.startsWith("{")) {
          open.add(part);
        }
      }
      assertThat(named).as(route).isEqualTo(open);
    }
  }

  @Test
  void everyExampleIsAsItsSchemaSays() {
    List<JsonNode> withExample = described.document().findParents("example");
    assertThat(withExample).hasSizeGreaterThanOrEqualTo(3);
    for (JsonNode media : withExample) {
      assertThat(described.faults(media.get("schema"), media.get("example"))).isEmpty();
    }
  }

  @Test
  void anAnswerThatDiffersFromItsSchemaIsFound() throws Exception {
    String right =
        "{\"models\":[{\"model\":\"m\",\"network\":\"n\",\"predictions\":[{\"class\":\"c\",\"index\":0,\"probability\":1}],\"milliseconds\":1}]}";
    assertThat(faults(right)).isEmpty();
    assertThat(faults(right.replace("\"index\":0", "\"index\":-1"))).isNotEmpty();
    assertThat(faults(right.replace("\"index\":0", "\"index\":\"0\""))).isNotEmpty();
    assertThat(faults(right.replace("\"network\":\"n\",", ""))).isNotEmpty();
    assertThat(faults(right.replace("\"milliseconds\"", "\"extra\":1,\"milliseconds\"")))
        .isNotEmpty();
    assertThat(
            described.faults(
                "POST /v1/classify", 418, "application/json", JSON.writeValueAsBytes("tea")))
        .isNotEmpty();
  }

  private List<String> faults(String body) {
    return described.faults(
        "POST /v1/classify", 200, "application/json", body.getBytes(StandardCharsets.UTF_8));
  }
}
