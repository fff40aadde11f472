using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace Lr2vq.Generator;

/// <summary>XML documents of a generated class.</summary>
internal static class SurfaceDocs
{
    public static string Code(string text) => "<c>" + CSharpText.Xml(text) + "</c>";

    /// <summary>For example <c>float [N, 3, 48, W]</c>.</summary>
    public static string Type(SurfacePort port)
    {
        string type = Encoded(port.TypeName) ?? port.CSharpType.Substring(port.CSharpType.LastIndexOf(':') + 1).Replace("System.", "");
        return CSharpText.Xml(type + " " + port.ShapeText);
    }

    /// <summary>What stands in a span for a type that .NET does not have; null for the others.</summary>
    private static string? Encoded(string type) => type switch
    {
        "bf16" => "bfloat16 bits",
        "f8e4m3fn" => "float8 E4M3FN, a byte each as ONNX encodes it,",
        "f8e4m3fnuz" => "float8 E4M3FNUZ, a byte each as ONNX encodes it,",
        "f8e5m2" => "float8 E5M2, a byte each as ONNX encodes it,",
        "f8e5m2fnuz" => "float8 E5M2FNUZ, a byte each as ONNX encodes it,",
        "f8e8m0" => "float8 E8M0, a byte each: the exponent plus 127, 255 for NaN,",
        "f4e2m1" => "float4 E2M1, the low four bits of a byte each as ONNX encodes it,",
        "u4" => "4-bit integers from 0 to 15, a byte each,",
        "i4" => "4-bit integers from -8 to 7, an sbyte each,",
        _ => null,
    };

    public static void Class(CodeWriter code, Surface surface)
    {
        code.Line("/// <summary>The network " + CSharpText.Xml(surface.Source) + " (opset " + Number(surface.Opset) + "), compressed when this program was built.</summary>");
        code.Line("/// <remarks>");
        Ports(code, "Inputs", surface.Inputs);
        Ports(code, "Outputs", surface.Outputs);
        if (surface.Symbols.Count > 0) code.Line("/// <para>In shapes, " + CSharpText.Xml(string.Join(", ", surface.Symbols)) + ".</para>");
        code.Line("/// <para>All values are row-major. An instance does not change: any number of threads may use it at once. Each call of Predict");
        code.Line("/// rents a workspace; a caller with a loop takes one by CreateSession.</para>");
        code.Line("/// </remarks>");
        code.Line("/// <example><code>");
        foreach (string line in Sample(surface)) code.Line("/// " + CSharpText.Xml(line));
        code.Line("/// </code></example>");
    }

    public static void Options(CodeWriter code, Surface surface) => code.Line("/// <param name=\"options\">Threads and memory"
        + (surface.UsesOnnxRuntime ? ", in <c>OnnxRuntimeOptions</c> what ONNX Runtime has of its own" : "") + "; null for the defaults.</param>");

    public static void Load(CodeWriter code, Surface surface, string from, string parameter, string meaning)
    {
        code.Line("/// <summary>Loads another artifact of the same network from " + from + ".</summary>");
        code.Line("/// <param name=\"" + parameter + "\">" + meaning + "</param>");
        Options(code, surface);
        code.Line("/// <exception cref=\"global::Lr2vq.InvalidArtifactException\">The artifact is damaged or of another model.</exception>");
    }

    public static void Parameters(CodeWriter code, Surface surface, bool withShapes, bool withOutputs)
    {
        foreach (SurfacePort port in surface.Inputs)
        {
            Parameter(code, port, "Input " + Code(port.Name) + ": " + Type(port) + ".");
            if (withShapes && port.IsSymbolic) ShapeParameter(code, port);
        }
        if (!withOutputs) return;
        foreach (SurfacePort port in surface.Outputs) Output(code, port);
    }

    public static void Output(CodeWriter code, SurfacePort port) => Parameter(code, port, "Takes output " + Code(port.Name) + ": " + Type(port) + ". Written whole.");

    public static void ShapeParameter(CodeWriter code, SurfacePort port) => code.Line("/// <param name=\"" + port.ShapeIdentifier
        + "\">Dimensions of " + Code(port.Name) + ": " + CSharpText.Xml(port.ShapeText) + ".</param>");

    public static void LengthException(CodeWriter code, bool isOpen = false) =>
        code.Line("/// <exception cref=\"global::System.ArgumentException\">The length of a span is not that of its tensor"
            + (isOpen ? ", or the data decides how long an output is: Compute gives such outputs" : "") + ".</exception>");

    private static void Parameter(CodeWriter code, SurfacePort port, string text) =>
        code.Line("/// <param name=\"" + port.Identifier + "\">" + text + "</param>");

    private static void Ports(CodeWriter code, string title, EquatableArray<SurfacePort> ports)
    {
        code.Line("/// <para>" + title + ":</para>");
        code.Line("/// <list type=\"bullet\">");
        foreach (SurfacePort port in ports) code.Line("/// <item><description>" + Code(port.Name) + ": " + Type(port) + "</description></item>");
        code.Line("/// </list>");
    }

    /// <summary>Code to paste, made for this very model.</summary>
    private static IEnumerable<string> Sample(Surface surface)
    {
        string create = surface.Storage == "none" ? ".Load(\"" + surface.Name + ".lr2vq\")" : ".Create()";
        yield return "using " + surface.Name + " model = " + surface.Name + create + ";";
        bool isOpen = surface.Inputs.Any(i => i.IsSymbolic);
        if (isOpen) yield return "using " + surface.Name + ".Session session = model.CreateSession();";
        foreach (SurfacePort port in surface.Inputs)
        {
            string[] example = port.Shape.Select(d => d.All(char.IsDigit) ? d : "1").ToArray();
            if (port.IsSymbolic)
                yield return "int[] " + Identifiers.Escape(port.ShapeIdentifier) + " = { " + string.Join(", ", example) + " };   // " + port.ShapeText;
            yield return Array(port, example);
        }
        string inputs = string.Join(", ", surface.Inputs.Select(i =>
            Identifiers.Escape(i.Identifier) + (i.IsSymbolic ? ", " + Identifiers.Escape(i.ShapeIdentifier) : "")));
        if (!isOpen && surface.Outputs.All(o => o.Shape.All(d => d.All(char.IsDigit))))
        {
            foreach (SurfacePort port in surface.Outputs) yield return Array(port, port.Shape.ToArray());
            string outputs = string.Concat(surface.Outputs.Select(o => ", " + Identifiers.Escape(o.Identifier)));
            yield return "model.Predict(" + (inputs + outputs).TrimStart(',', ' ') + ");";
            yield break;
        }
        if (!isOpen) yield return "using " + surface.Name + ".Session session = model.CreateSession();";
        yield return "session.Run(" + inputs + ");";
        foreach (SurfacePort port in surface.Outputs)
            yield return "ReadOnlySpan<" + port.CSharpType.Replace("global::System.", "") + "> " + Identifiers.Escape(port.Identifier) + " = session."
                + port.Member + ";   // shape: session." + port.Member + "Shape";
    }

    private static string Array(SurfacePort port, string[] shape)
    {
        string type = port.CSharpType.Replace("global::System.", "");
        return type + "[] " + Identifiers.Escape(port.Identifier) + " = new " + type + "[" + (shape.Length == 0 ? "1" : string.Join(" * ", shape)) + "];";
    }

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
