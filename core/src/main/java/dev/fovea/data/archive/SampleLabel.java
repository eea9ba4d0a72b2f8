package dev.fovea.data.archive;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/**
 * Reads the label of a WebDataset sample from its {@code .cls}, {@code .json} or {@code .txt}
 * member.
 *
 * @param field the field of the {@code .json} member that holds the label, which then is the only
 *     place of labels; empty for the {@code .cls} member, else a field {@code label}, {@code cls}
 *     or {@code class} of the {@code .json} member, else the {@code .txt} member
 */
record SampleLabel(Optional<String> field) {
  private static final List<String> FIELDS = List.of("label", "cls", "class");
  private static final int MAX_DEPTH = 64;

  /** Longest label; a longer text is a caption. */
  private static final int LONGEST = 512;

  private static final JsonFactory JSON =
      JsonFactory.builder()
          .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(MAX_DEPTH).build())
          .build();

  /** How much a member with this extension counts, the highest first; 0 if it holds no label. */
  int rank(String extension) {
    return switch (extension) {
      case "cls" -> field.isEmpty() ? 3 : 0;
      case "json" -> 2;
      case "txt" -> field.isEmpty() ? 1 : 0;
      default -> 0;
    };
  }

  /**
   * The label in a member.
   *
   * @throws IOException if the member cannot hold one, saying why
   */
  Optional<String> read(String extension, byte[] content) throws IOException {
    if (extension.equals("json")) {
      return json(content);
    }
    String text = new String(content, StandardCharsets.UTF_8).strip();
    if (text.length() > LONGEST || text.indexOf('\n') >= 0) {
      throw new IOException("its text is no label: it is longer than a name");
    }
    return text.isEmpty() ? Optional.empty() : Optional.of(text);
  }

  private Optional<String> json(byte[] content) throws IOException {
    List<String> wanted = field.map(List::of).orElse(FIELDS);
    Optional<String> best = Optional.empty();
    int rank = wanted.size();
    try (JsonParser p = JSON.createParser(content)) {
      if (p.nextToken() != JsonToken.START_OBJECT) {
        return Optional.empty();
      }
      while (p.nextToken() == JsonToken.FIELD_NAME) {
        int r = wanted.indexOf(p.currentName());
        JsonToken value = p.nextToken();
        boolean simple = value == JsonToken.VALUE_STRING || value == JsonToken.VALUE_NUMBER_INT;
        if (r >= 0 && r < rank && simple && !p.getText().isBlank()) {
          best = Optional.of(p.getText().strip());
          rank = r;
        }
        p.skipChildren();
      }
    } catch (IOException e) {
      String first = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
      throw new IOException("it is not valid JSON: " + first, e);
    }
    return best;
  }
}
