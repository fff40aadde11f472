using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace Lr2vq.Generator;

/// <summary>Prints what a class offers for pictures and classes, where the project declares pre-processing or labels.</summary>
internal static class PicturesEmitter
{
    internal const string Score = "global::Lr2vq.ClassScore", PictureMemory = "global::System.ReadOnlyMemory<byte> pixels, int width, int height", TopOfSession = "TopOf";

    private const string Picture = "global::System.ReadOnlySpan<byte> pixels, int width, int height";

    /// <summary>Members of the nested class Session.</summary>
    public static string[] SessionMembers { get; } = ["TopK"];

    /// <summary>Null if there is nothing to offer.</summary>
    public static string? Emit(Surface surface)
    {
        bool takesPictures = surface.Pictures.Length > 0, hasLabels = surface.Labels.Length > 0, hasClasses = surface.ClassOutput >= 0;
        if (!takesPictures && !hasLabels) return null;
        var code = new CodeWriter();
        SurfaceEmitter.Header(code, surface);
        bool inNamespace = SurfaceEmitter.OpenNamespace(code, surface);
        code.Open("partial class " + Identifiers.Escape(surface.Name));
        if (hasLabels) EmitLabels(code, surface);
        if (hasClasses) EmitTopOfValues(code, surface);
        if (takesPictures)
        {
            EmitPredict(code, surface);
            if (hasClasses) EmitTop(code, surface);
            EmitSession(code, surface, hasClasses);
        }
        code.Close();
        if (inNamespace) code.Close();
        return code.ToString();
    }

    private static void EmitLabels(CodeWriter code, Surface surface)
    {
        code.Line("/// <summary>The names of the classes, in their order in the output.</summary>");
        code.Line("public static global::System.Collections.Generic.IReadOnlyList<string> Labels => ClassNames.All;").Line();
        // A class of its own, so that only who asks pays.
        code.Open("private static class ClassNames");
        code.Line("internal static readonly string[] All = " + CSharpText.Literal(surface.Labels) + ".Split('\\n');");
        code.Close().Line();
    }

    private static void EmitTopOfValues(CodeWriter code, Surface surface)
    {
        SurfacePort port = surface.Outputs[surface.ClassOutput];
        string values = Identifiers.Escape(port.Identifier);
        code.Line("/// <summary>Finds the likeliest classes among values of the output " + SurfaceDocs.Code(port.Name) + ". Allocates nothing.</summary>");
        code.Line("/// <param name=\"" + port.Identifier + "\">A value for each class of one picture or sample.</param>");
        code.Line("/// <param name=\"best\">Receives the classes, likeliest first.</param>");
        code.Line("/// <returns>How many were written.</returns>");
        code.Line("public static int TopK(global::System.ReadOnlySpan<float> " + values + ", global::System.Span<" + Score + "> best) => "
            + Score + ".Top(" + values + ", best" + LabelsOf(surface) + ");").Line();
    }

    private static void EmitPredict(CodeWriter code, Surface surface)
    {
        code.Line("/// <summary>Computes the outputs for a picture. May be called by any number of threads; each call rents a session.</summary>");
        Documents(code, surface, withOutputs: true);
        code.Open("public " + PredictSignature(surface));
        EmitChecks(code, surface, withOutputs: true);
        EmitRented(code, surface, () =>
        {
            EmitRun(code, surface, "rented", withOutputs: true);
            SurfaceEmitter.EmitOutputs(code, surface, "rented");
        });
        code.Close().Line();
    }

    private static void EmitTop(CodeWriter code, Surface surface)
    {
        code.Line("/// <summary>Says what is in a picture: the likeliest classes, likeliest first. May be called by any number of threads.</summary>");
        Documents(code, surface, withOutputs: false);
        code.Line("/// <param name=\"count\">How many classes are wanted.</param>");
        code.Open("public " + TopSignature());
        EmitChecks(code, surface, withOutputs: false);
        EmitRented(code, surface, () =>
        {
            EmitRun(code, surface, "rented", withOutputs: false);
            code.Line("return " + TopOfSession + "(rented, count);");
        });
        code.Close().Line();
        code.Open("private static " + Score + "[] " + TopOfSession + "(" + surface.Types.Session + " session, int count)");
        code.Line("global::System.ReadOnlySpan<float> values = session.Output<float>(" + Number(surface.ClassOutput) + ");");
        code.Line("var best = new " + Score + "[global::System.Math.Min(count, values.Length)];");
        code.Line(Score + ".Top(values, best" + LabelsOf(surface) + ");");
        code.Line("return best;");
        code.Close().Line();
    }

    public static string PredictSignature(Surface surface) => "void Predict(" + Picture + Outputs(surface) + ")";

    public static string TopSignature() => Score + "[] TopK(" + Picture + ", int count = 5)";

    /// <summary>What can be refused before a session is waited for.</summary>
    internal static void EmitChecks(CodeWriter code, Surface surface, bool withOutputs)
    {
        code.Line("CheckPicture(pixels.Length, width, height);");
        if (withOutputs) SurfaceEmitter.EmitOutputChecks(code, surface);
    }

    private static void EmitSession(CodeWriter code, Surface surface, bool hasClasses)
    {
        code.Open("partial class Session");
        code.Line("/// <summary>Computes the outputs for a picture and copies them out. Pictures of one size allocate nothing.</summary>");
        Documents(code, surface, withOutputs: true);
        code.Open("public void Predict(" + Picture + Outputs(surface) + ")");
        EmitRun(code, surface, "_session", withOutputs: true);
        SurfaceEmitter.EmitOutputs(code, surface, "_session");
        code.Close().Line();
        code.Line("/// <summary>Computes the outputs for a picture and leaves them in the session. Pictures of one size allocate nothing.</summary>");
        Documents(code, surface, withOutputs: false);
        code.Open("public void Run(" + Picture + ")");
        EmitRun(code, surface, "_session", withOutputs: false);
        code.Close();
        if (hasClasses)
        {
            code.Line().Line("/// <summary>Finds the likeliest classes of a picture, likeliest first. Pictures of one size allocate nothing.</summary>");
            Documents(code, surface, withOutputs: false);
            code.Line("/// <param name=\"best\">Receives the classes.</param>");
            code.Line("/// <returns>How many were written.</returns>");
            code.Open("public int TopK(" + Picture + ", global::System.Span<" + Score + "> best)");
            EmitRun(code, surface, "_session", withOutputs: false);
            code.Line("return " + Score + ".Top(_session.Output<float>(" + Number(surface.ClassOutput) + "), best" + LabelsOf(surface) + ");");
            code.Close();
        }
        code.Close();
    }

    private static void EmitRented(CodeWriter code, Surface surface, System.Action body)
    {
        code.Line(surface.Types.Session + " rented = Rent();");
        code.Open("try");
        body();
        code.Close().Open("finally").Line("Return(rented);").Close();
    }

    internal static void EmitRun(CodeWriter code, Surface surface, string session, bool withOutputs, string span = "", string token = "")
    {
        code.Line(session + ".SetPicture(0, pixels" + span + ", width, height);");
        for (int i = 0; i < surface.Outputs.Count && withOutputs; i++)
        {
            SurfacePort port = surface.Outputs[i];
            code.Line(session + ".ExpectOutput<" + port.CSharpType + ">(" + Number(i) + ", " + Identifiers.Escape(port.Identifier) + ".Length);");
        }
        code.Line(session + ".Run(" + token + ");");
    }

    internal static void Documents(CodeWriter code, Surface surface, bool withOutputs)
    {
        code.Line("/// <param name=\"pixels\">Rows from the top without gaps; 3 bytes a pixel: red, green, blue. 1 byte (grey) and 4 (with alpha) are understood too.</param>");
        code.Line("/// <param name=\"width\">Width of the picture; it becomes that of the input.</param>");
        code.Line("/// <param name=\"height\">Height of the picture.</param>");
        if (withOutputs)
            foreach (SurfacePort port in surface.Outputs) SurfaceDocs.Output(code, port);
        code.Line("/// <remarks>Pre-processing, as declared in the project: " + SurfaceDocs.Code(surface.Pictures) + ".</remarks>");
        code.Line("/// <exception cref=\"global::System.ArgumentException\">The length of a span is not that of its picture or tensor.</exception>");
    }

    private static string Outputs(Surface surface) => string.Concat(((IEnumerable<SurfacePort>)surface.Outputs)
        .Select(port => ", global::System.Span<" + port.CSharpType + "> " + Identifiers.Escape(port.Identifier)));

    private static string LabelsOf(Surface surface) => surface.Labels.Length > 0 ? ", ClassNames.All" : "";

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
