package dev.fovea;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The reference values that PyTorch computed in float64 for a network with weights from {@link
 * NamedValues}; the resource {@code golden/NAME.json}.
 *
 * @param parameters the number of trainable parameters
 * @param logits in inference mode, one row per image
 * @param gradients of the first step, by parameter: Euclidean norm and dot product with
 *     value("probe", i)
 * @param running statistics after the first step, in the same form
 * @param curve the losses of ten steps: lr 0.01, Nesterov momentum 0.9, weight decay 1e-4 on all
 *     parameters, label smoothing 0.1, the same batch each step
 */
public record GoldenFile(
    int batch,
    long parameters,
    Images images,
    List<double[]> logits,
    Map<String, double[]> gradients,
    Map<String, double[]> running,
    double[] curve) {

  /** Height and width of the images in inference and in training, and the number of classes. */
  public record Images(int evalSize, int trainSize, int classes) {}

  /** Reads the values of one network. */
  public static GoldenFile of(String network) {
    String resource = "/golden/" + network + ".json";
    try (InputStream in = GoldenFile.class.getResourceAsStream(resource);
        JsonParser parser = new JsonFactory().createParser(in)) {
      parser.nextToken();
      Map<?, ?> root = (Map<?, ?>) value(parser);
      Map<?, ?> eval = object(root.get("eval"));
      Map<?, ?> train = object(root.get("train"));
      Images images =
          new Images(whole(eval.get("size")), whole(train.get("size")), whole(root.get("classes")));
      List<double[]> logits = list(eval.get("logits")).stream().map(GoldenFile::numbers).toList();
      return new GoldenFile(
          whole(root.get("batch")),
          whole(root.get("parameters")),
          images,
          logits,
          byName(train.get("gradients")),
          byName(train.get("running")),
          numbers(train.get("curve")));
    } catch (IOException e) {
      throw new UncheckedIOException(resource + " cannot be read", e);
    }
  }

  /** Reads a file of named cases, each with named numbers or arrays. */
  public static Map<String, Map<String, double[]>> cases(String file) {
    String resource = "/golden/" + file + ".json";
    try (InputStream in = GoldenFile.class.getResourceAsStream(resource);
        JsonParser parser = new JsonFactory().createParser(in)) {
      parser.nextToken();
      Map<String, Map<String, double[]>> cases = new LinkedHashMap<>();
      ((Map<?, ?>) value(parser)).forEach((k, v) -> cases.put((String) k, byName(v)));
      return cases;
    } catch (IOException e) {
      throw new UncheckedIOException(resource + " cannot be read", e);
    }
  }

  /**
   * The name of a network's parameter in this file. It is the same, except that the published wide
   * ResNets have bare tensors instead of module parameters that end in {@code .weight}.
   */
  public String nameOf(String parameter) {
    String bare =
        parameter.endsWith(".weight")
            ? parameter.substring(0, parameter.length() - ".weight".length())
            : parameter;
    return gradients.containsKey(bare) ? bare : parameter;
  }

  private static Map<?, ?> object(@Nullable Object value) {
    return (Map<?, ?>) Objects.requireNonNull(value);
  }

  private static List<?> list(@Nullable Object value) {
    return (List<?>) Objects.requireNonNull(value);
  }

  private static int whole(@Nullable Object value) {
    return ((Double) Objects.requireNonNull(value)).intValue();
  }

  private static double[] numbers(@Nullable Object value) {
    return value instanceof Double d
        ? new double[] {d}
        : list(value).stream().mapToDouble(v -> (Double) v).toArray();
  }

  private static Map<String, double[]> byName(@Nullable Object object) {
    Map<String, double[]> all = new LinkedHashMap<>();
    object(object).forEach((k, v) -> all.put((String) k, numbers(v)));
    return all;
  }

  private static Object value(JsonParser parser) throws IOException {
    if (parser.currentToken() == JsonToken.START_OBJECT) {
      Map<String, Object> object = new LinkedHashMap<>();
      while (parser.nextToken() != JsonToken.END_OBJECT) {
        String key = parser.currentName();
        parser.nextToken();
        object.put(key, value(parser));
      }
      return object;
    } else if (parser.currentToken() == JsonToken.START_ARRAY) {
      List<Object> list = new ArrayList<>();
      while (parser.nextToken() != JsonToken.END_ARRAY) {
        list.add(value(parser));
      }
      return list;
    }
    return parser.currentToken().isNumeric() ? (Object) parser.getDoubleValue() : parser.getText();
  }
}
