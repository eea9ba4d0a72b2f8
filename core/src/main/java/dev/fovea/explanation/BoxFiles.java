package dev.fovea.explanation;

import dev.fovea.data.image.DataException;
import dev.fovea.data.image.IoReason;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import javax.xml.XMLConstants;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.ErrorHandler;
import org.xml.sax.SAXException;
import org.xml.sax.SAXParseException;

/** Reads files of boxes, without trust. */
final class BoxFiles {
  private static final long MOST_BYTES = 64L << 20;
  private static final int MOST_XML_BYTES = 1 << 20;
  private static final int NUMBERS = 4;
  private static final List<String> ENDINGS =
      List.of("", ".JPEG", ".jpg", ".jpeg", ".JPG", ".png", ".PNG", ".webp", ".bmp", ".tif");

  private BoxFiles() {}

  private record Key(Path file, Optional<String> className) {}

  private static List<BoxedImage> images(Map<Key, List<Box>> boxes) {
    List<BoxedImage> all = new ArrayList<>();
    boxes.forEach((key, list) -> all.add(new BoxedImage(key.file, key.className, list)));
    return all;
  }

  static List<BoxedImage> csv(Path file) {
    Map<Key, List<Box>> boxes = new LinkedHashMap<>();
    List<String> lines = lines(file);
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i).strip();
      if (line.isEmpty() || line.startsWith("#")) {
        continue;
      }
      String where = file + ", line " + (i + 1);
      List<String> fields = fields(line, where);
      if (boxes.isEmpty() && i == 0 && isHeader(fields)) {
        continue;
      }
      if (fields.size() != NUMBERS + 1 && fields.size() != NUMBERS + 2) {
        throw new DataException(
            where
                + ": expected path,xmin,ymin,xmax,ymax or path,xmin,ymin,xmax,ymax,class, got "
                + fields.size()
                + " fields");
      }
      Optional<String> name =
          fields.size() == NUMBERS + 2 && !fields.get(NUMBERS + 1).isEmpty()
              ? Optional.of(fields.get(NUMBERS + 1))
              : Optional.empty();
      Path image = resolved(file, fields.get(0), where);
      boxes
          .computeIfAbsent(new Key(image, name), k -> new ArrayList<>())
          .add(box(fields.subList(1, NUMBERS + 1), 0, where));
    }
    if (boxes.isEmpty()) {
      throw new DataException(
          file + ": holds no boxes; expected lines path,xmin,ymin,xmax,ymax[,class]");
    }
    return images(boxes);
  }

  private static Path resolved(Path file, String named, String where) {
    try {
      return file.resolveSibling(named);
    } catch (java.nio.file.InvalidPathException e) {
      throw new DataException(where + ": '" + named + "' is no path; expected that of an image", e);
    }
  }

  private static List<String> lines(Path file) {
    try {
      if (!Files.isRegularFile(file)) {
        throw new DataException(file + ": no such file; expected one with boxes");
      }
      if (Files.size(file) > MOST_BYTES) {
        throw new DataException(
            file + ": is longer than the limit of " + MOST_BYTES + " bytes; split it");
      }
      String text = Files.readString(file);
      return (text.startsWith("\uFEFF") ? text.substring(1) : text).lines().toList();
    } catch (CharacterCodingException e) {
      throw new DataException(file + ": is no text in UTF-8; expected lines of boxes", e);
    } catch (IOException e) {
      throw new DataException(file + ": cannot be read (" + IoReason.of(e) + ")", e);
    }
  }

  private static boolean isHeader(List<String> fields) {
    return fields.size() > NUMBERS
        && fields.subList(1, NUMBERS + 1).stream().noneMatch(f -> f.matches("[-+0-9.].*"));
  }

  // Quotes around a field protect commas; two quotes inside mean one.
  private static List<String> fields(String line, String where) {
    List<String> fields = new ArrayList<>();
    StringBuilder field = new StringBuilder();
    boolean quoted = false;
    for (int i = 0; i < line.length(); i++) {
      char c = line.charAt(i);
      if (c == '"' && quoted && i + 1 < line.length() && line.charAt(i + 1) == '"') {
        field.append(c);
        i++;
      } else if (c == '"') {
        quoted = !quoted;
      } else if (c == ',' && !quoted) {
        fields.add(field.toString().strip());
        field.setLength(0);
      } else {
        field.append(c);
      }
    }
    if (quoted) {
      throw new DataException(where + ": a quote is not closed; expected another \" in the line");
    }
    fields.add(field.toString().strip());
    return fields;
  }

  private static Box box(List<String> values, int first, String where) {
    double[] edges = new double[NUMBERS];
    for (int i = 0; i < NUMBERS; i++) {
      try {
        edges[i] = Double.parseDouble(values.get(i));
      } catch (NumberFormatException e) {
        throw new DataException(
            where + ": '" + values.get(i) + "' is no number; expected an edge in pixels", e);
      }
    }
    try {
      return new Box(edges[0] - first, edges[1] - first, edges[2], edges[3]);
    } catch (IllegalArgumentException e) {
      throw new DataException(where + ": " + e.getMessage(), e);
    }
  }

  static List<BoxedImage> voc(Path annotations, Path folder) {
    List<Path> files = annotations(annotations);
    Map<Key, List<Box>> boxes = new LinkedHashMap<>();
    DocumentBuilder parser = parser();
    for (Path file : files) {
      Element root = parse(parser, file).getDocumentElement();
      Path image = image(file, folder, text(root, "filename", file));
      NodeList objects = root.getElementsByTagName("object");
      for (int i = 0; i < objects.getLength(); i++) {
        Element object = (Element) objects.item(i);
        Element edges = child(object, "bndbox", file);
        List<String> values = new ArrayList<>();
        for (String edge : List.of("xmin", "ymin", "xmax", "ymax")) {
          values.add(text(edges, edge, file));
        }
        boxes
            .computeIfAbsent(
                new Key(image, Optional.of(text(object, "name", file))), k -> new ArrayList<>())
            .add(box(values, 1, file.toString()));
      }
    }
    if (boxes.isEmpty()) {
      throw new DataException(
          annotations + ": holds no boxes; expected annotations of PASCAL VOC with objects");
    }
    return images(boxes);
  }

  private static List<Path> annotations(Path named) {
    if (!Files.isDirectory(named)) {
      return List.of(named);
    }
    try (Stream<Path> files = Files.list(named)) {
      return files.filter(f -> f.toString().endsWith(".xml")).sorted().toList();
    } catch (IOException e) {
      throw new DataException(named + ": cannot be read (" + IoReason.of(e) + ")", e);
    }
  }

  private static DocumentBuilder parser() {
    try {
      DocumentBuilderFactory factory = DocumentBuilderFactory.newDefaultInstance();
      // No document type: with it go entities, external ones and those that grow.
      factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
      factory.setFeature(XMLConstants.FEATURE_SECURE_PROCESSING, true);
      factory.setXIncludeAware(false);
      factory.setExpandEntityReferences(false);
      DocumentBuilder builder = factory.newDocumentBuilder();
      builder.setErrorHandler(
          new ErrorHandler() {
            @Override
            public void warning(SAXParseException e) {}

            @Override
            public void error(SAXParseException e) throws SAXException {
              throw e;
            }

            @Override
            public void fatalError(SAXParseException e) throws SAXException {
              throw e;
            }
          });
      return builder;
    } catch (ParserConfigurationException e) {
      throw new IllegalStateException("the JDK's XML parser knows these settings", e);
    }
  }

  private static Document parse(DocumentBuilder parser, Path file) {
    try {
      if (!Files.isRegularFile(file)) {
        throw new DataException(file + ": no such file; expected an annotation of PASCAL VOC");
      }
      if (Files.size(file) > MOST_XML_BYTES) {
        throw new DataException(
            file + ": is longer than the limit of " + MOST_XML_BYTES + " bytes for annotations");
      }
      return parser.parse(new ByteArrayInputStream(Files.readAllBytes(file)));
    } catch (SAXParseException e) {
      throw new DataException(
          file
              + ", line "
              + e.getLineNumber()
              + ": is no XML that is read here ("
              + e.getMessage()
              + "); expected an annotation of PASCAL VOC without a document type",
          e);
    } catch (SAXException e) {
      throw new DataException(file + ": is no XML (" + e.getMessage() + ")", e);
    } catch (IOException e) {
      throw new DataException(file + ": cannot be read (" + IoReason.of(e) + ")", e);
    }
  }

  private static Element child(Element of, String name, Path file) {
    for (org.w3c.dom.Node n = of.getFirstChild(); n != null; n = n.getNextSibling()) {
      if (n instanceof Element e && e.getTagName().equals(name)) {
        return e;
      }
    }
    throw new DataException(
        file
            + ": <"
            + of.getTagName()
            + "> has no <"
            + name
            + ">; expected an annotation of PASCAL VOC");
  }

  private static String text(Element of, String name, Path file) {
    return child(of, name, file).getTextContent().strip();
  }

  private static Path image(Path annotation, Path folder, String name) {
    if (name.isEmpty() || name.contains("/") || name.contains("\\") || name.equals("..")) {
      throw new DataException(
          annotation + ": the file name '" + name + "' is none; expected one without folders");
    }
    for (String ending : ENDINGS) {
      Path image = folder.resolve(name + ending);
      if (Files.isRegularFile(image)) {
        return image;
      }
    }
    throw new DataException(
        annotation + ": its image '" + name + "' is not in " + folder + "; name their folder");
  }
}
