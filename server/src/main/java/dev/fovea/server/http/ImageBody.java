package dev.fovea.server.http;

import dev.fovea.server.protocol.ProtocolException;
import dev.fovea.server.protocol.Words;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.MultiPart;
import org.eclipse.jetty.http.MultiPartFormData;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.io.content.ByteBufferContentSource;
import org.eclipse.jetty.util.Promise;

/** Finds the image in a body that is an image, or a form with one. */
final class ImageBody {
  private static final String FORM = "multipart/form-data";
  // RFC 2046: 1 to 70 characters of these, in quotes if one of them is not allowed without.
  private static final Pattern BOUNDARY =
      Pattern.compile(
          ";\\s*boundary=(?:\"([\\w'()+,./:=? -]{1,70})\"|([\\w'+.-]{1,70}))\\s*(?:;|$)",
          Pattern.CASE_INSENSITIVE);

  private static final int PARTS = 16;
  private static final int PART_HEADER = 4 << 10;

  /** The names of the part that holds the image. */
  private static final Set<String> NAMES = Set.of("image", "file");

  // The last is what curl --data-binary says of whatever it sends.
  private static final Set<String> BYTES =
      Set.of("", "application/octet-stream", "application/x-www-form-urlencoded");

  private ImageBody() {}

  /**
   * The content of the image's file.
   *
   * @throws ProtocolException with status 415 if the type of the body is another, 400 if there is
   *     no image
   */
  static byte[] of(Call call) {
    String type = call.mediaType();
    byte[] image;
    if (type.equals(FORM)) {
      image = part(call);
    } else if (type.startsWith("image/") || BYTES.contains(type)) {
      image = call.body();
    } else {
      throw new ProtocolException(
          415,
          "the content type is "
              + Words.quoted(type)
              + "; expected the bytes of an image (image/* or application/octet-stream), or "
              + FORM
              + " with a part named image");
    }
    if (image.length == 0) {
      throw ProtocolException.badRequest("the image is empty; expected the content of its file");
    }
    return image;
  }

  private static byte[] part(Call call) {
    String boundary = boundary(call.header("Content-Type").orElse(""));
    MultiPartFormData.Parser parser = new MultiPartFormData.Parser(boundary);
    parser.setUseFilesForPartsWithoutFileName(false);
    parser.setMaxMemoryFileSize(-1);
    parser.setMaxParts(PARTS);
    parser.setPartHeadersMaxLength(PART_HEADER);
    Content.Source source = new ByteBufferContentSource(ByteBuffer.wrap(call.body()));
    CompletableFuture<MultiPartFormData.Parts> parsed = new CompletableFuture<>();
    parser.parse(source, Promise.Invocable.toPromise(parsed));
    try (MultiPartFormData.Parts parts = parsed.join()) {
      List<MultiPart.Part> images = new ArrayList<>();
      for (MultiPart.Part part : parts) {
        if (NAMES.contains(String.valueOf(part.getName()))) {
          images.add(part);
        }
      }
      if (images.size() != 1) {
        throw ProtocolException.badRequest(
            "the form has "
                + (images.isEmpty() ? "no part" : images.size() + " parts")
                + " named image; expected one");
      }
      return bytes(images.get(0));
    } catch (CompletionException | IllegalArgumentException | IllegalStateException e) {
      throw ProtocolException.badRequest("the body is not a valid " + FORM);
    }
  }

  // Jetty's own reading of it fails on a quotation mark alone.
  private static String boundary(String contentType) {
    Matcher found = BOUNDARY.matcher(contentType);
    if (!found.find()) {
      throw ProtocolException.badRequest(
          "the content type " + FORM + " has no boundary of 1 to 70 characters");
    }
    String quoted = found.group(1);
    return quoted == null ? found.group(2) : quoted;
  }

  private static byte[] bytes(MultiPart.Part part) {
    ByteBuffer content;
    try {
      content = Content.Source.asByteBuffer(part.getContentSource());
    } catch (java.io.IOException e) {
      throw ProtocolException.badRequest("the part of the image cannot be read");
    }
    byte[] bytes = new byte[content.remaining()];
    content.get(bytes);
    return bytes;
  }
}
