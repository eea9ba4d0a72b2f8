package dev.fovea.server.protocol;

import com.fasterxml.jackson.core.JsonToken;

/** Reads the body of a request to load a model, which may say nothing of what to load. */
public final class LoadReader {
  private LoadReader() {}

  /**
   * Checks that a body is empty, or a JSON object without parameters that would change the model.
   *
   * @throws ProtocolException with status 400 otherwise
   */
  public static void check(byte[] body) {
    if (new String(body, java.nio.charset.StandardCharsets.UTF_8).isBlank()) {
      return;
    }
    try (Parser json = new Parser(body, 0, body.length)) {
      json.next();
      json.expectObject("the body");
      while (json.next() == JsonToken.FIELD_NAME) {
        String key = json.name();
        json.next();
        if (key.equals("parameters")) {
          parameters(json);
        } else {
          json.skip();
        }
      }
      json.end();
    }
  }

  private static void parameters(Parser json) {
    json.expectObject("parameters");
    while (json.next() == JsonToken.FIELD_NAME) {
      String key = json.name();
      json.next();
      if (!key.equals("unload_dependents")) {
        throw ProtocolException.badRequest(
            "parameters."
                + key
                + ": a request cannot say what to load; the file that the server was started with"
                + " is loaded again");
      }
      json.skip();
    }
  }
}
