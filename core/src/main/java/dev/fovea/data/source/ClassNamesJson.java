package dev.fovea.data.source;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import dev.fovea.data.image.DataException;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads class names from the JSON forms of other programs.
 *
 * <p>Accepted are an array of names; an object from number to name, such as Hugging Face's {@code
 * id2label}; from number to a list that ends with the name, such as Keras' {@code
 * imagenet_class_index.json}; from name to number, such as {@code label2id} and torchvision's
 * {@code class_to_idx}; an object with one of these under such a key, such as {@code config.json};
 * or the {@code dataset_info.json} of the datasets library.
 */
final class ClassNamesJson {
  private static final List<String> KEYS =
      List.of(
          "id2label",
          "label2id",
          "idx_to_class",
          "class_to_idx",
          "label_names",
          "class_names",
          "classes",
          "categories",
          "names",
          "labels");
  private static final String FORMS =
      "expected [\"cat\", \"dog\"], {\"0\": \"cat\", \"1\": \"dog\"}, {\"0\": [\"n02121620\","
          + " \"cat\"], ...}, {\"cat\": 0, \"dog\": 1}, or an object with one of these under "
          + String.join(", ", KEYS);
  private static final int MAX_DEPTH = 64;
  private static final JsonFactory JSON =
      JsonFactory.builder()
          .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(MAX_DEPTH).build())
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .build();

  private final Path file;

  private ClassNamesJson(Path file) {
    this.file = file;
  }

  static List<String> names(Path file, String text) {
    return find(file, text)
        .orElseThrow(() -> new ClassNamesJson(file).refused("is JSON without class names"));
  }

  /** The names; empty for JSON of another kind. */
  static Optional<List<String>> find(Path file, String text) {
    ClassNamesJson reader = new ClassNamesJson(file);
    try (JsonParser p = JSON.createParser(text)) {
      Object value = value(p, p.nextToken());
      if (p.nextToken() != null) {
        throw reader.refused("has text after its JSON value");
      }
      List<String> names =
          value instanceof List<?> || value instanceof Map<?, ?> ? reader.names(value) : null;
      return Optional.ofNullable(names == null ? reader.inside(value) : names);
    } catch (IOException e) {
      String first = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
      throw new DataException(file + ": is not valid JSON: " + first + "; " + FORMS, e);
    }
  }

  /** Names by synset, from the form {@code {"0": ["n01440764", "tench"], ...}}. */
  static Map<String, String> synsets(Path file, String text) {
    Map<String, String> names = new LinkedHashMap<>();
    try (JsonParser p = JSON.createParser(text)) {
      if (value(p, p.nextToken()) instanceof Map<?, ?> map) {
        for (Object entry : map.values()) {
          if (entry instanceof List<?> pair
              && pair.size() == 2
              && pair.get(0) instanceof String synset
              && pair.get(1) instanceof String name) {
            names.put(synset, name.replace('_', ' '));
          }
        }
      }
    } catch (IOException e) {
      String first = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
      throw new DataException(file + ": is not valid JSON: " + first + "; " + FORMS, e);
    }
    return names;
  }

  private @Nullable List<String> inside(@Nullable Object object) {
    for (String key : KEYS) {
      Object value = object instanceof Map<?, ?> map ? map.get(key) : null;
      if (value instanceof List<?> || value instanceof Map<?, ?> m && !m.isEmpty()) {
        List<String> names = names(value);
        if (names != null) {
          return names;
        }
      }
    }
    return features(object);
  }

  /** The names of the first feature that has some, as the datasets library describes its sets. */
  private @Nullable List<String> features(@Nullable Object object) {
    if (!(object instanceof Map<?, ?> map)) {
      return null;
    }
    if (!(map.get("features") instanceof Map<?, ?> features)) {
      Object only = map.size() == 1 ? map.values().iterator().next() : null;
      return only instanceof Map<?, ?> inner && inner.get("features") instanceof Map<?, ?>
          ? features(only)
          : null;
    }
    for (Object feature : features.values()) {
      if (feature instanceof Map<?, ?> f && f.get("names") instanceof List<?> names) {
        return names(names);
      }
    }
    return null;
  }

  /** Null for an object in which neither the keys nor the values are numbers. */
  private @Nullable List<String> names(@Nullable Object value) {
    if (value instanceof List<?> list) {
      List<List<String>> classes = new ArrayList<>();
      for (Object entry : list) {
        classes.add(words(entry));
      }
      return distinct(classes);
    } else if (!(value instanceof Map<?, ?> map)) {
      throw refused("is JSON without class names");
    } else if (!map.isEmpty() && map.keySet().stream().allMatch(ClassNamesJson::isNumber)) {
      return numbered(map, false);
    } else if (!map.isEmpty() && map.values().stream().allMatch(ClassNamesJson::isNumber)) {
      return numbered(map, true);
    }
    return null;
  }

  private static boolean isNumber(@Nullable Object value) {
    return String.valueOf(value).matches("\\d{1,9}");
  }

  /** The names in the order of their numbers, which must be 0, 1, and so on. */
  private List<String> numbered(Map<?, ?> map, boolean nameFirst) {
    Map<Integer, List<String>> byNumber = new LinkedHashMap<>();
    map.forEach(
        (key, value) -> {
          Object number = nameFirst ? value : key;
          List<String> words = words(nameFirst ? key : value);
          if (byNumber.put(Integer.valueOf(String.valueOf(number)), words) != null) {
            throw refused("gives the number " + number + " to two classes");
          }
        });
    List<List<String>> classes = new ArrayList<>();
    for (int i = 0; i < byNumber.size(); i++) {
      List<String> words = byNumber.get(i);
      if (words == null) {
        throw refused("names " + byNumber.size() + " classes, but none has the number " + i);
      }
      classes.add(words);
    }
    return distinct(classes);
  }

  /** A name, or several, of which the last is the readable one. */
  private List<String> words(@Nullable Object value) {
    List<?> parts = value instanceof List<?> list ? list : Collections.singletonList(value);
    if (parts.isEmpty() || !parts.stream().allMatch(String.class::isInstance)) {
      throw refused("has '" + value + "' where a class name was expected");
    }
    return parts.stream().map(p -> String.valueOf(p).strip()).toList();
  }

  // ImageNet has two classes named crane; the synset number tells them apart.
  private static List<String> distinct(List<List<String>> classes) {
    Set<String> seen = new HashSet<>();
    Set<String> twice = new HashSet<>();
    classes.forEach(
        words -> {
          if (!seen.add(last(words))) {
            twice.add(last(words));
          }
        });
    return classes.stream()
        .map(
            words ->
                words.size() > 1 && twice.contains(last(words))
                    ? last(words) + " (" + words.get(0) + ")"
                    : last(words))
        .toList();
  }

  private static String last(List<String> words) {
    return words.get(words.size() - 1);
  }

  private DataException refused(String what) {
    return new DataException(file + ": " + what + "; " + FORMS);
  }

  private static @Nullable Object value(JsonParser p, @Nullable JsonToken token)
      throws IOException {
    if (token == JsonToken.START_OBJECT) {
      Map<String, @Nullable Object> map = new LinkedHashMap<>();
      while (p.nextToken() == JsonToken.FIELD_NAME) {
        String key = p.currentName();
        map.put(key, value(p, p.nextToken()));
      }
      return map;
    } else if (token == JsonToken.START_ARRAY) {
      List<@Nullable Object> list = new ArrayList<>();
      for (JsonToken t = p.nextToken(); t != JsonToken.END_ARRAY; t = p.nextToken()) {
        list.add(value(p, t));
      }
      return list;
    } else if (token == JsonToken.VALUE_NUMBER_INT) {
      return new BigInteger(p.getText());
    }
    return token == JsonToken.VALUE_STRING ? p.getText() : null;
  }
}
