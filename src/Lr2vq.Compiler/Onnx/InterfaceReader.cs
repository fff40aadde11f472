// Linked into the MSBuild task (netstandard2.0): one file, no dependency but Runtime/Plan and Runtime/Diagnostics.
using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Text;
using Lr2vq.Diagnostics;
using Lr2vq.Plans;

namespace Lr2vq.Onnx;

/// <summary>A dimension of a value in an ONNX file: a number, a name, or unknown.</summary>
internal readonly struct OnnxDimension : IEquatable<OnnxDimension>
{
    private readonly long _number;

    private OnnxDimension(bool isNumber, long number, string? symbol) => (IsNumber, _number, Symbol) = (isNumber, number, symbol);

    public static OnnxDimension Unknown => default;

    public static OnnxDimension Of(long number) => new(true, number, null);

    public static OnnxDimension Of(string symbol) => new(false, 0, symbol);

    public bool IsNumber { get; }

    /// <summary>The name (ONNX dim_param), or null.</summary>
    public string? Symbol { get; }

    public long Number => IsNumber ? _number : throw new InvalidOperationException("The dimension is not a number");

    public bool Equals(OnnxDimension other) => IsNumber == other.IsNumber && _number == other._number && Symbol == other.Symbol;

    public override bool Equals(object? obj) => obj is OnnxDimension other && Equals(other);

    public override int GetHashCode() => Symbol is null ? _number.GetHashCode() : StringComparer.Ordinal.GetHashCode(Symbol);

    public override string ToString() => IsNumber ? _number.ToString(CultureInfo.InvariantCulture) : Symbol ?? "?";
}

/// <summary>Name, element type and shape of a value.</summary>
internal sealed class OnnxValueInfo(string name, ElementType type, IReadOnlyList<OnnxDimension>? dims, string docString = "", string? notTensor = null)
{
    public string Name { get; } = name;

    /// <summary>Undefined if the file gives none, or none that is known here.</summary>
    public ElementType Type { get; } = type;

    /// <summary>Null if the file gives no shape; a scalar has an empty list.</summary>
    public IReadOnlyList<OnnxDimension>? Dims { get; } = dims;

    public string DocString { get; } = docString;

    /// <summary>What the value is if it is no tensor of a known element type (<c>a sequence</c>, …); null for a tensor.</summary>
    public string? NotTensor { get; } = notTensor;
}

/// <summary>Bytes at rest that are read at any place.</summary>
internal abstract class ByteSource : IDisposable
{
    public abstract long Length { get; }

    /// <summary>Reads exactly <paramref name="count"/> bytes; the caller has checked the range against <see cref="Length"/>.</summary>
    /// <exception cref="IOException">The file became shorter, or the device failed.</exception>
    public abstract void Read(long offset, byte[] buffer, int count);

    public abstract void Dispose();
}

/// <summary>Thrown by <see cref="WireReader"/>; never leaves the readers, which make a diagnostic of it.</summary>
internal sealed class WireException(long position, string reason, bool tooDeep = false) : Exception(reason)
{
    public long Position { get; } = position;
    public bool TooDeep { get; } = tooDeep;
}

/// <summary>Reads the protobuf wire format. Every length comes from the file, so every length is checked before it is used.</summary>
/// <remarks>Use: <c>while (wire.Next()) switch (wire.Field) { case 1: x = wire.Int64(); break; default: wire.Skip(); break; }</c>;
/// a message inside: <c>long outer = wire.Enter(); while (wire.Next()) …; wire.Leave(outer);</c>. A payload that is skipped is never touched.</remarks>
internal sealed class WireReader
{
    /// <summary>ONNX needs about six levels for each nested subgraph.</summary>
    public const int MaxDepth = 200;

    /// <summary>Longest name or other text that is kept.</summary>
    public const int MaxText = 1 << 20;

    /// <summary>No model has more messages or numbers in one attribute; a hostile file could fill the memory with them.</summary>
    public const int MaxMessages = 4_000_000, MaxNumbers = 1 << 24;

    private readonly ByteSource _source;
    private readonly byte[] _window = new byte[4096];
    private long _windowStart;
    private int _windowLength;
    private long _end;
    private int _depth;
    private int _messages;
    private int _type;

    public WireReader(ByteSource source, long start, long end) => (_source, Position, _end) = (source, start, end);

    /// <summary>Number of the field that <see cref="Next"/> found.</summary>
    public int Field { get; private set; }

    /// <summary>Offset in the file.</summary>
    public long Position { get; private set; }

    /// <summary>True if the field is length-delimited: text, bytes, a message, or packed numbers.</summary>
    public bool IsDelimited => _type == 2;

    /// <summary>True while the current message, or the packed field that was entered, has more bytes.</summary>
    public bool HasMore => Position < _end;

    /// <summary>Goes to the next field of the message; false at its end.</summary>
    public bool Next()
    {
        if (Position >= _end) return false;
        ulong tag = Varint();
        ulong field = tag >> 3;
        if (field == 0 || field > 0x1FFFFFFF) throw Wrong("a field has the number " + field);
        Field = (int)field;
        _type = (int)(tag & 7);
        if (_type is not (0 or 1 or 2 or 5)) throw Wrong("field " + field + " has the unknown wire type " + _type);
        return true;
    }

    public void Skip()
    {
        switch (_type)
        {
            case 0: Varint(); break;
            case 1: Advance(8); break;
            case 2: Advance(Length()); break;
            default: Advance(4); break;
        }
    }

    public long Int64()
    {
        Expect(0);
        return (long)Varint();
    }

    public float Float()
    {
        Expect(5);
        return FixedFloat();
    }

    /// <summary>Passes one number of a repeated field that is not packed.</summary>
    /// <param name="fixedBytes">4 or 8, or 0 for a varint.</param>
    public void Single(int fixedBytes)
    {
        Expect(fixedBytes switch { 4 => 5, 8 => 1, _ => 0 });
        Skip();
    }

    /// <summary>Adds the number, or the packed numbers, of a repeated integer field.</summary>
    public void Int64s(List<long> values)
    {
        if (_type != 2)
        {
            values.Add(Int64());
            return;
        }
        long outer = Enter();
        while (HasMore)
        {
            if (values.Count >= MaxNumbers) throw Wrong("more than " + MaxNumbers + " numbers in one list");
            values.Add((long)Varint());
        }
        Leave(outer);
    }

    /// <summary>Adds the number, or the packed numbers, of a repeated float field.</summary>
    public void Floats(List<float> values)
    {
        if (_type != 2)
        {
            values.Add(Float());
            return;
        }
        long outer = Enter();
        while (HasMore)
        {
            if (values.Count >= MaxNumbers) throw Wrong("more than " + MaxNumbers + " numbers in one list");
            values.Add(FixedFloat());
        }
        Leave(outer);
    }

    /// <summary>Text of at most <see cref="MaxText"/> bytes; bytes that are not UTF-8 become U+FFFD.</summary>
    public string Text() => Encoding.UTF8.GetString(Bytes(MaxText));

    /// <summary>Text that only informs: cut after 64 kB.</summary>
    public string LongText()
    {
        Expect(2);
        long length = Length(), start = Position;
        byte[] text = Take((int)Math.Min(length, 1 << 16));
        Advance(length - (Position - start));
        return Encoding.UTF8.GetString(text);
    }

    public byte[] Bytes(int longest)
    {
        Expect(2);
        long length = Length();
        if (length > longest) throw Wrong("a text of " + length + " bytes where at most " + longest + " make sense");
        return Take((int)length);
    }

    /// <summary>Offset and length of a payload, which stays where it is.</summary>
    public (long Offset, long Length) Range()
    {
        Expect(2);
        long length = Length(), offset = Position;
        Advance(length);
        return (offset, length);
    }

    /// <summary>Begins the message (or packed field) that the current field is; returns what <see cref="Leave"/> needs.</summary>
    public long Enter()
    {
        Expect(2);
        long length = Length(), outer = _end;
        if (++_messages > MaxMessages) throw Wrong("more than " + MaxMessages + " messages");
        if (++_depth > MaxDepth) throw new WireException(Position, "messages are nested more than " + MaxDepth + " deep", tooDeep: true);
        _end = Position + length;
        return outer;
    }

    /// <summary>Ends a message, wherever in it the reader is.</summary>
    public void Leave(long outer)
    {
        Position = _end;
        _end = outer;
        _depth--;
    }

    /// <summary>End of the message that was entered.</summary>
    public long End => _end;

    public ulong Varint()
    {
        ulong value = 0;
        for (int shift = 0; shift < 70; shift += 7)
        {
            byte part = Byte();
            value |= (ulong)(part & 0x7F) << shift;
            if (part < 0x80) return value;
        }
        throw Wrong("a number has more than ten bytes");
    }

    public float FixedFloat()
    {
        int bits = 0;
        for (int shift = 0; shift < 32; shift += 8) bits |= Byte() << shift;
        return BitConverter.ToSingle(BitConverter.GetBytes(bits), 0);
    }

    public ulong Fixed64()
    {
        ulong bits = 0;
        for (int shift = 0; shift < 64; shift += 8) bits |= (ulong)Byte() << shift;
        return bits;
    }

    public WireException Wrong(string reason) => new(Position, reason);

    private void Expect(int type)
    {
        if (_type != type) throw Wrong("field " + Field + " has the wire type " + _type + " instead of " + type);
    }

    private long Length()
    {
        ulong length = Varint();
        if (length > (ulong)(_end - Position))
            throw Wrong("field " + Field + " claims " + length + " bytes, " + (_end - Position) + " are left");
        return (long)length;
    }

    private void Advance(long count)
    {
        if (count > _end - Position) throw Wrong("field " + Field + " needs " + count + " bytes, " + (_end - Position) + " are left");
        Position += count;
    }

    private byte Byte()
    {
        if (Position >= _end) throw Wrong("the data ends inside a field");
        long at = Position - _windowStart;
        if (at < 0 || at >= _windowLength)
        {
            Fill();
            at = 0;
        }
        Position++;
        return _window[at];
    }

    private byte[] Take(int count)
    {
        var bytes = new byte[count];
        long at = Position - _windowStart;
        if (at >= 0 && at + count <= _windowLength) Buffer.BlockCopy(_window, (int)at, bytes, 0, count);
        else if (count > _window.Length) _source.Read(Position, bytes, count);
        else
        {
            Fill();
            Buffer.BlockCopy(_window, 0, bytes, 0, count);
        }
        Position += count;
        return bytes;
    }

    private void Fill()
    {
        _windowLength = 0;
        int count = (int)Math.Min(_window.Length, _source.Length - Position);
        _source.Read(Position, _window, count);
        _windowStart = Position;
        _windowLength = count;
    }
}

/// <summary>What a file is that should be an ONNX model; the first look at it, the same for the task and the compiler.</summary>
internal static class OnnxFileKind
{
    /// <summary>The diagnostic for a path that cannot hold a model (missing, a directory, empty); null if it is worth opening.</summary>
    public static Diagnostic? RefusePath(string path)
    {
        var place = new DiagnosticPlace(path);
        try
        {
            if (Directory.Exists(path)) return DiagnosticCatalogue.ModelIsDirectory.At(place, path);
            var file = new FileInfo(path);
            if (!file.Exists) return DiagnosticCatalogue.ModelFileMissing.At(place, path);
            return file.Length == 0 ? DiagnosticCatalogue.ModelFileEmpty.At(place, path) : null;
        }
        catch (Exception e) when (IsFileProblem(e) || IsPathProblem(e))
        {
            return DiagnosticCatalogue.ModelFileUnreadable.At(place, path, e.Message);
        }
    }

    /// <summary>Names come from the file: one line, no control characters, not endless.</summary>
    public static string Printable(string text)
    {
        const int longest = 300;
        var shown = new StringBuilder();
        foreach (char c in text)
        {
            if (shown.Length >= longest)
            {
                shown.Append('…');
                break;
            }
            if (char.IsControl(c) || c is '\u2028' or '\u2029')
                shown.Append("\\u").Append(((int)c).ToString("x4", CultureInfo.InvariantCulture));
            else shown.Append(c);
        }
        return shown.ToString();
    }

    /// <summary>True for what the file system throws.</summary>
    public static bool IsFileProblem(Exception e) => e is IOException or UnauthorizedAccessException or System.Security.SecurityException;

    /// <summary>True for what a text that is no path makes the file system throw.</summary>
    public static bool IsPathProblem(Exception e) => e is ArgumentException or NotSupportedException;

    /// <summary>The diagnostic for a file that is plainly something else; null if it may be a model.</summary>
    public static Diagnostic? RefuseContent(string path, ByteSource source)
    {
        var head = new byte[(int)Math.Min(512, source.Length)];
        source.Read(0, head, head.Length);
        var place = new DiagnosticPlace(path);
        string text = Ascii(head, 0, head.Length);
        if (text.StartsWith("version https://git-lfs", StringComparison.Ordinal))
            return DiagnosticCatalogue.GitLfsPointer.At(place, path, LfsSize(text));
        (string Kind, string Remedy)? found = Recognize(head, text, source.Length);
        return found is { } known ? DiagnosticCatalogue.NotOnnx.At(place, path, known.Kind, known.Remedy) : null;
    }

    /// <summary>What a file seems to be that did not parse as a model; null if it cannot be said.</summary>
    public static Diagnostic? RefuseText(string path, ByteSource source)
    {
        var head = new byte[(int)Math.Min(512, source.Length)];
        source.Read(0, head, head.Length);
        foreach (byte b in head)
            if (b is < 9 or (> 13 and < 32) or 127) return null;
        return DiagnosticCatalogue.NotOnnx.At(new DiagnosticPlace(path), path, "a text file", "Name the .onnx file that the exporter wrote");
    }

    private static (string, string)? Recognize(byte[] head, string text, long length)
    {
        const string export = "Export the network to ONNX first";
        const string another = "Name the .onnx file that the exporter wrote";
        bool Starts(string magic) => text.StartsWith(magic, StringComparison.Ordinal);
        bool At(int offset, string magic) => text.Length >= offset + magic.Length && string.CompareOrdinal(text, offset, magic, 0, magic.Length) == 0;
        if (Starts("\u0089PNG")) return ("a PNG picture", another);
        if (Starts("\u00FF\u00D8\u00FF")) return ("a JPEG picture", another);
        if (Starts("GIF8")) return ("a GIF picture", another);
        if (Starts("%PDF")) return ("a PDF document", another);
        if (Starts("PK\u0003\u0004"))
        {
            if (text.Contains("/data.pkl") || text.Contains("archive/")) return ("a PyTorch checkpoint (.pt)", "Export it with torch.onnx.export");
            if (text.Contains("saved_model")) return ("a zipped TensorFlow SavedModel", "Export it with tf2onnx");
            if (text.Contains("config.json") || text.Contains("metadata.json")) return ("a Keras model (.keras)", "Export it with tf2onnx");
            return text.Contains(".npy") ? ("a NumPy archive (.npz)", export) : ("a ZIP archive", "Unpack it and name the .onnx file in it");
        }
        if (Starts("\u001F\u008B")) return ("a gzip archive", "Unpack it with gzip -d first");
        if (Starts("BZh") || Starts("\u00FD7zXZ") || Starts("7z\u00BC\u00AF") || Starts("Rar!")) return ("an archive", "Unpack it first");
        if (At(257, "ustar")) return ("a tar archive", "Unpack it first");
        if (At(4, "TFL3")) return ("a TensorFlow Lite model", "Convert it with tf2onnx --tflite");
        if (At(4, "ORTM")) return ("an ONNX Runtime model (.ort)", "Name the .onnx file that it was made from");
        if (Starts("\u0089HDF")) return ("an HDF5 file (a Keras .h5 model?)", "Export it with tf2onnx");
        if (Starts("GGUF") || Starts("ggml") || Starts("ggjt")) return ("a GGUF model", "Such language models cannot be converted; use the ONNX export of the network");
        if (Starts("\u0089LR2VQ")) return ("a compressed .lr2vq artifact", "Name the .onnx file that it was made from");
        if (Starts("\u0093NUMPY")) return ("a NumPy array (.npy)", export);
        if (Starts("7767517")) return ("an ncnn model", export);
        if (Starts("MZ") || Starts("\u007FELF")) return ("a program", another);
        if (head.Length > 2 && head[0] == 0x80 && head[1] is >= 2 and <= 5 && head[2] is (byte)'}' or (byte)'c' or (byte)'\u008A' or (byte)'\u0095')
            return ("a Python pickle (an older PyTorch checkpoint?)", "Export it with torch.onnx.export");
        if (head.Length > 10 && head[8] == '{' && head[9] is (byte)'"' or (byte)'}' && HeaderLength(head) < (ulong)length)
            return ("a safetensors file", "It has weights without a graph: export the network with torch.onnx.export or optimum");
        string trimmed = text.TrimStart('\u00EF', '\u00BB', '\u00BF', ' ', '\t', '\r', '\n');
        if (trimmed.StartsWith("<!doctype", StringComparison.OrdinalIgnoreCase) || trimmed.StartsWith("<html", StringComparison.OrdinalIgnoreCase))
            return ("an HTML page", "The download gave a web page, not the file; use the address of the raw file");
        if (trimmed.StartsWith("<?xml", StringComparison.Ordinal) || trimmed.StartsWith("<net", StringComparison.Ordinal))
            return ("an XML file (OpenVINO?)", export);
        if (trimmed.StartsWith("{", StringComparison.Ordinal) || trimmed.StartsWith("[", StringComparison.Ordinal))
            return ("a JSON file", text.Contains("modelTopology") ? "Convert the TensorFlow.js model with tf2onnx" : another);
        if (trimmed.StartsWith("ir_version:", StringComparison.Ordinal)) return ("an ONNX model in text form", "Save it in binary form with onnx.save");
        return null;
    }

    private static ulong HeaderLength(byte[] head)
    {
        ulong length = 0;
        for (int i = 7; i >= 0; i--) length = length << 8 | head[i];
        return length;
    }

    private static string LfsSize(string text)
    {
        int at = text.IndexOf("\nsize ", StringComparison.Ordinal);
        if (at < 0) return "";
        int end = at + 6;
        while (end < text.Length && text[end] is >= '0' and <= '9') end++;
        return end == at + 6 ? "" : " of " + text.Substring(at + 6, end - at - 6) + " bytes";
    }

    // Latin-1: one char for each byte, on every framework.
    private static string Ascii(byte[] bytes, int start, int count)
    {
        var text = new StringBuilder(count);
        for (int i = start; i < start + count; i++) text.Append((char)bytes[i]);
        return text.ToString();
    }
}

/// <summary>What is wrong with an input or output.</summary>
internal sealed class PortProblem(DiagnosticDefinition kind, DiagnosticPlace place, params object?[] arguments)
{
    public DiagnosticDefinition Kind { get; } = kind;
    public DiagnosticPlace Place { get; } = place;
    public object?[] Arguments { get; } = arguments;

    public Diagnostic At(string path)
    {
        var printable = new object?[Arguments.Length];
        for (int i = 0; i < printable.Length; i++) printable[i] = Arguments[i] is string text ? OnnxFileKind.Printable(text) : Arguments[i];
        return Kind.At(new DiagnosticPlace(path, null, Place.Tensor is null ? null : OnnxFileKind.Printable(Place.Tensor)), printable);
    }
}

/// <summary>What a caller of a model must know: the header, the inputs that have no initializer, the outputs.</summary>
internal sealed class ModelInterface
{
    public string ProducerName { get; internal set; } = "";
    public string ProducerVersion { get; internal set; } = "";
    public string GraphName { get; internal set; } = "";

    /// <summary>What the model calls itself; not the file's name, which may change.</summary>
    public string Name => NameOf(GraphName);
    public string DocString { get; internal set; } = "";

    /// <summary>Version of the ONNX operators; 0 if the model uses other domains only.</summary>
    public int Opset { get; internal set; }

    public IReadOnlyList<OnnxValueInfo> Inputs { get; internal set; } = Array.Empty<OnnxValueInfo>();
    public IReadOnlyList<OnnxValueInfo> Outputs { get; internal set; } = Array.Empty<OnnxValueInfo>();

    /// <summary>Name of a model from that of its graph.</summary>
    public static string NameOf(string graphName) => graphName.Length > 0 ? graphName : "model";

    /// <summary>The Interface as a Plan without weights and steps. Values are v0, v1, … (inputs, then outputs); an output whose shape
    /// the file does not give has the shape [].</summary>
    /// <param name="dimensions">Symbolic dimensions that the user fixed, by the model's name of them; may be null.</param>
    public Plan ToPlan(IReadOnlyDictionary<string, long>? dimensions = null)
    {
        var symbols = new SymbolTable();
        var inputs = new List<PlanPort>();
        var outputs = new List<PlanPort>();
        foreach (OnnxValueInfo input in Inputs) inputs.Add(Port(input, inputs.Count));
        foreach (OnnxValueInfo output in Outputs) outputs.Add(Port(output, inputs.Count + outputs.Count));
        return new Plan(Name, "", Opset, symbols.Symbols, inputs, outputs, Array.Empty<PlanWeight>(), Array.Empty<PlanStep>());

        PlanPort Port(OnnxValueInfo port, int index)
        {
            var shape = new List<Dimension>();
            foreach (OnnxDimension dimension in port.Dims ?? Array.Empty<OnnxDimension>())
            {
                if (dimension.IsNumber) shape.Add(Lr2vq.Plans.Dimension.Of(dimension.Number));
                else if (dimension.Symbol is null) shape.Add(symbols.Unknown());
                else if (dimensions is not null && dimensions.TryGetValue(dimension.Symbol, out long known)) shape.Add(Lr2vq.Plans.Dimension.Of(known));
                else shape.Add(symbols.Named(dimension.Symbol));
            }
            // Without a type in the file: float, as nearly all outputs are.
            ElementType type = port.Type == ElementType.Undefined ? ElementType.Float32 : port.Type;
            return new PlanPort("v" + index.ToString(CultureInfo.InvariantCulture), port.Name, type, shape);
        }
    }
}

/// <summary>A file that is read with seeks; only what is asked for is touched.</summary>
internal sealed class FileSource : ByteSource
{
    private readonly FileStream _file;

    public FileSource(string path)
    {
        _file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 1);
        Length = _file.Length;
    }

    public override long Length { get; }

    public override void Read(long offset, byte[] buffer, int count)
    {
        if (_file.Position != offset) _file.Position = offset;
        for (int done = 0; done < count;)
        {
            int read = _file.Read(buffer, done, count - done);
            if (read == 0) throw new EndOfStreamException("the file became shorter while it was read");
            done += read;
        }
    }

    public override void Dispose() => _file.Dispose();
}

/// <summary>Reads inputs, outputs and header of a model of any size: payloads are skipped, never read.</summary>
internal static class InterfaceReader
{
    public const int OldestOpset = 7, NewestOpset = 24;

    /// <summary>Reads the interface of a model. Every problem goes to <paramref name="bag"/>; nothing is thrown for what a file contains.</summary>
    /// <returns>Null if the bag got an error.</returns>
    public static ModelInterface? Read(string path, DiagnosticBag bag)
    {
        if (OnnxFileKind.RefusePath(path) is { } refused)
        {
            bag.Add(refused);
            return null;
        }
        try
        {
            using var source = new FileSource(path);
            return Read(path, source, bag);
        }
        catch (Exception e) when (OnnxFileKind.IsFileProblem(e))
        {
            bag.Add(DiagnosticCatalogue.ModelFileUnreadable.At(new DiagnosticPlace(path), path, e.Message));
            return null;
        }
    }

    private static ModelInterface? Read(string path, ByteSource source, DiagnosticBag bag)
    {
        if (OnnxFileKind.RefuseContent(path, source) is { } refused)
        {
            bag.Add(refused);
            return null;
        }
        var model = new ModelInterface();
        var opsets = new Dictionary<string, int>(StringComparer.Ordinal);
        var inputs = new List<OnnxValueInfo>();
        var outputs = new List<OnnxValueInfo>();
        var initializers = new HashSet<string>(StringComparer.Ordinal);
        bool hasGraph = false;
        var wire = new WireReader(source, 0, source.Length);
        try
        {
            while (wire.Next())
            {
                switch (wire.Field)
                {
                    case 2: model.ProducerName = wire.LongText(); break;
                    case 3: model.ProducerVersion = wire.LongText(); break;
                    case 6: model.DocString = wire.LongText(); break;
                    case 7:
                        hasGraph = true;
                        Graph(wire, model, inputs, outputs, initializers);
                        break;
                    case 8: OpsetImport(wire, opsets); break;
                    default: wire.Skip(); break;
                }
            }
        }
        catch (WireException e)
        {
            bag.Add(OnnxFileKind.RefuseText(path, source) ?? Damage(path, e));
            return null;
        }
        if (Incomplete(path, source, hasGraph, opsets) is { } incomplete)
        {
            bag.Add(incomplete);
            return null;
        }
        inputs.RemoveAll(input => initializers.Contains(input.Name));
        model.Opset = opsets.TryGetValue("", out int opset) ? opset : 0;
        (model.Inputs, model.Outputs) = (inputs, outputs);
        bool sound = true;
        foreach ((List<OnnxValueInfo> ports, string direction) in new[] { (inputs, "input"), (outputs, "output") })
        {
            var names = new HashSet<string>(StringComparer.Ordinal);
            foreach (OnnxValueInfo port in ports)
            {
                if (RefusePort(port, direction, names) is not { } problem) continue;
                if (sound || bag.All.Count < 20) bag.Add(problem.At(path));
                sound = false;
            }
        }
        return sound ? model : null;
    }

    private static void Graph(WireReader wire, ModelInterface model, List<OnnxValueInfo> inputs, List<OnnxValueInfo> outputs, HashSet<string> initializers)
    {
        long outer = wire.Enter();
        while (wire.Next())
        {
            switch (wire.Field)
            {
                case 2: model.GraphName = wire.LongText(); break;
                case 5:
                    long outerTensor = wire.Enter();
                    while (wire.Next())
                    {
                        if (wire.Field != 8)
                        {
                            wire.Skip();
                            continue;
                        }
                        initializers.Add(wire.Text());
                        // The payload follows the name.
                        break;
                    }
                    wire.Leave(outerTensor);
                    break;
                case 10:
                    string doc = wire.LongText();
                    if (model.DocString.Length == 0) model.DocString = doc;
                    break;
                case 11: inputs.Add(ValueInfo(wire)); break;
                case 12: outputs.Add(ValueInfo(wire)); break;
                default: wire.Skip(); break;
            }
        }
        wire.Leave(outer);
    }

    /// <summary>Reads the OperatorSetIdProto that is the current field. The ONNX operators' domain is the empty string.</summary>
    public static void OpsetImport(WireReader wire, Dictionary<string, int> imports)
    {
        string domain = "";
        long version = 0;
        long outer = wire.Enter();
        while (wire.Next())
        {
            if (wire.Field == 1) domain = wire.Text();
            else if (wire.Field == 2) version = wire.Int64();
            else wire.Skip();
        }
        wire.Leave(outer);
        imports[Domain(domain)] = (int)Math.Max(int.MinValue, Math.Min(int.MaxValue, version));
    }

    /// <summary>Two names of one domain become one.</summary>
    public static string Domain(string domain) => domain == "ai.onnx" ? "" : domain;

    /// <summary>The diagnostic for a file whose wire format is broken.</summary>
    public static Diagnostic Damage(string path, WireException e) => e.TooDeep
        ? DiagnosticCatalogue.NestedTooDeep.At(new DiagnosticPlace(path), path, WireReader.MaxDepth, e.Position)
        : DiagnosticCatalogue.ModelDamaged.At(new DiagnosticPlace(path), path, e.Position, e.Message);

    /// <summary>The diagnostic for a file that parsed, but lacks what every model has; null if it has it.</summary>
    public static Diagnostic? Incomplete(string path, ByteSource source, bool hasGraph, IReadOnlyDictionary<string, int> opsets)
    {
        var place = new DiagnosticPlace(path);
        if (!hasGraph)
            return OnnxFileKind.RefuseText(path, source)
                ?? DiagnosticCatalogue.ModelWithoutGraph.At(place, path, "graph (a TensorFlow .pb, a single tensor, or another protobuf file?)");
        if (!opsets.TryGetValue("", out int opset))
            return opsets.Count > 0 ? null : DiagnosticCatalogue.ModelWithoutGraph.At(place, path, "opset (files of IR version 2 and older have none)");
        return opset is >= OldestOpset and <= NewestOpset ? null
            : DiagnosticCatalogue.OpsetUnsupported.At(place, opset, OldestOpset, NewestOpset);
    }

    /// <summary>What is wrong with an input or output; null if nothing is.</summary>
    /// <param name="names">Names of the ports before it; the port's is added.</param>
    public static PortProblem? RefusePort(OnnxValueInfo port, string direction, HashSet<string> names)
    {
        var place = new DiagnosticPlace(null, null, port.Name);
        if (port.Name.Length == 0) return new PortProblem(DiagnosticCatalogue.NameMissing, place, "An " + direction, "name");
        if (!names.Add(port.Name)) return new PortProblem(DiagnosticCatalogue.PortDuplicate, place, direction, port.Name);
        // The type of an output follows from the graph.
        if (port.Type == ElementType.Undefined && port.NotTensor is null && direction == "input")
            return new PortProblem(DiagnosticCatalogue.PortTypeUnsupported, place, direction, port.Name, "a value without a type");
        if (port.NotTensor is not null) return new PortProblem(DiagnosticCatalogue.PortTypeUnsupported, place, direction, port.Name, port.NotTensor);
        if (port.Dims is null && direction == "input") return new PortProblem(DiagnosticCatalogue.PortWithoutShape, place, port.Name);
        foreach (OnnxDimension dimension in port.Dims ?? Array.Empty<OnnxDimension>())
            if (dimension.IsNumber && (dimension.Number < 0 || dimension.Number > int.MaxValue))
                return new PortProblem(DiagnosticCatalogue.PortDimensionInvalid, place, direction, port.Name, dimension.Number);
        return null;
    }

    /// <summary>Reads the ValueInfoProto that is the current field.</summary>
    public static OnnxValueInfo ValueInfo(WireReader wire)
    {
        string name = "", doc = "";
        string? notTensor = null;
        long type = 0;
        List<OnnxDimension>? dims = null;
        long outer = wire.Enter();
        while (wire.Next())
        {
            switch (wire.Field)
            {
                case 1: name = wire.Text(); break;
                case 2:
                    long outerType = wire.Enter();
                    while (wire.Next())
                    {
                        notTensor = wire.Field switch
                        {
                            1 => null, 4 => "a sequence", 5 => "a map", 7 => "an opaque value", 8 => "a sparse tensor", 9 => "an optional value", _ => notTensor,
                        };
                        if (wire.Field == 1) TensorType(wire, out type, out dims);
                        else wire.Skip();
                    }
                    wire.Leave(outerType);
                    break;
                case 3: doc = wire.LongText(); break;
                default: wire.Skip(); break;
            }
        }
        wire.Leave(outer);
        ElementType known = type is >= 1 and <= 13 or 16 ? (ElementType)type : ElementType.Undefined;
        if (notTensor is null && type != 0 && known == ElementType.Undefined) notTensor = "a tensor of the element type " + type.ToString(CultureInfo.InvariantCulture);
        return new OnnxValueInfo(name, known, dims, doc, notTensor);
    }

    private static void TensorType(WireReader wire, out long type, out List<OnnxDimension>? dims)
    {
        type = 0;
        dims = null;
        long outer = wire.Enter();
        while (wire.Next())
        {
            if (wire.Field == 1) type = wire.Int64();
            else if (wire.Field == 2)
            {
                dims = new List<OnnxDimension>();
                long outerShape = wire.Enter();
                while (wire.Next())
                {
                    if (wire.Field == 1) dims.Add(Dimension(wire));
                    else wire.Skip();
                }
                wire.Leave(outerShape);
            }
            else wire.Skip();
        }
        wire.Leave(outer);
    }

    private static OnnxDimension Dimension(WireReader wire)
    {
        OnnxDimension dimension = OnnxDimension.Unknown;
        long outer = wire.Enter();
        while (wire.Next())
        {
            if (wire.Field == 1)
            {
                // Some exporters write -1 for a dimension that they do not know.
                long number = wire.Int64();
                dimension = number == -1 ? OnnxDimension.Unknown : OnnxDimension.Of(number);
            }
            else if (wire.Field == 2)
            {
                string symbol = wire.Text();
                dimension = symbol.Length == 0 ? OnnxDimension.Unknown : OnnxDimension.Of(symbol);
            }
            else wire.Skip();
        }
        wire.Leave(outer);
        return dimension;
    }
}
