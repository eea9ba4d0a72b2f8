package dev.fovea.server.http;

import dev.fovea.server.protocol.Documents;
import dev.fovea.server.protocol.Words;
import java.nio.ByteBuffer;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/** Answers requests that Jetty itself refuses, such as a header too large, as all others. */
final class JsonErrors extends ErrorHandler {
  @Override
  protected void generateResponse(
      Request request,
      Response response,
      int code,
      @Nullable String message,
      @Nullable Throwable cause,
      Callback callback) {
    response.getHeaders().put(HttpHeader.CONTENT_TYPE, "application/json");
    response.getHeaders().put("X-Content-Type-Options", "nosniff");
    response.write(true, ByteBuffer.wrap(body(code, message)), callback);
  }

  @Override
  public boolean errorPageForMethod(String method) {
    return true;
  }

  private static byte[] body(int code, @Nullable String message) {
    String standard = HttpStatus.getMessage(code);
    String said =
        code >= 500 || message == null || message.isBlank()
            ? standard
            : Words.visible(message, 200);
    String text =
        code == HttpStatus.REQUEST_HEADER_FIELDS_TOO_LARGE_431
            ? "the header of the request is larger than "
                + HttpSettings.Limits.HEADER_BYTES
                + " bytes, the limit of this server"
            : said;
    return Documents.error(text);
  }
}
