using System.Collections.Generic;
using System.Linq;
using Microsoft.CodeAnalysis.CSharp;

namespace Lr2vq.Generator;

/// <summary>Prints the asynchronous calls of a class: they wait for a session without a thread, and compute on one of the pool.</summary>
internal static class AsyncEmitter
{
    private const string Token = "global::System.Threading.CancellationToken cancellationToken = default", Task = "global::System.Threading.Tasks.ValueTask";

    public static string Emit(Surface surface, LanguageVersion language)
    {
        var code = new CodeWriter();
        SurfaceEmitter.Header(code, surface);
        bool inNamespace = SurfaceEmitter.OpenNamespace(code, surface);
        code.Open("partial class " + Identifiers.Escape(surface.Name));
        foreach (bool withShapes in SurfaceEmitter.ShapeForms(surface))
        {
            Summary(code, "Computes the outputs.");
            SurfaceDocs.Parameters(code, surface, withShapes, withOutputs: true);
            Remarks(code);
            SurfaceDocs.LengthException(code);
            EmitCall(code, language, Signature(surface, withShapes), () =>
            {
                SurfaceEmitter.EmitChecks(code, surface, withShapes, ".Span");
                Rent(code, surface);
                SurfaceEmitter.EmitRun(code, surface, withShapes, "rented", withOutputs: true, ".Span", "cancellationToken");
                SurfaceEmitter.EmitOutputs(code, surface, "rented", ".Span");
            });
        }
        if (surface.Pictures.Length > 0) EmitPictures(code, surface, language);
        code.Close();
        if (inNamespace) code.Close();
        return code.ToString();
    }

    /// <summary>The call with the outputs of a network, for <see cref="InterfaceEmitter"/> too.</summary>
    public static string Signature(Surface surface, bool withShapes) =>
        Task + " PredictAsync(" + SurfaceEmitter.Parameters(surface, withShapes, withOutputs: true, "Memory") + ", " + Token + ")";

    public static string PictureSignature(Surface surface) => Task + " PredictAsync(" + PicturesEmitter.PictureMemory + Outputs(surface) + ", " + Token + ")";

    public static string TopSignature() => Task + "<" + PicturesEmitter.Score + "[]> TopKAsync(" + PicturesEmitter.PictureMemory + ", int count = 5, " + Token + ")";

    private static void EmitPictures(CodeWriter code, Surface surface, LanguageVersion language)
    {
        Summary(code, "Computes the outputs for a picture.");
        PicturesEmitter.Documents(code, surface, withOutputs: true);
        TokenDocuments(code);
        EmitCall(code, language, PictureSignature(surface), () =>
        {
            PicturesEmitter.EmitChecks(code, surface, withOutputs: true);
            Rent(code, surface);
            PicturesEmitter.EmitRun(code, surface, "rented", withOutputs: true, ".Span", "cancellationToken");
            SurfaceEmitter.EmitOutputs(code, surface, "rented", ".Span");
        });
        if (surface.ClassOutput < 0) return;
        Summary(code, "Says what is in a picture: the likeliest classes, likeliest first.");
        PicturesEmitter.Documents(code, surface, withOutputs: false);
        code.Line("/// <param name=\"count\">How many classes are wanted.</param>");
        TokenDocuments(code);
        EmitCall(code, language, TopSignature(), () =>
        {
            PicturesEmitter.EmitChecks(code, surface, withOutputs: false);
            Rent(code, surface);
            PicturesEmitter.EmitRun(code, surface, "rented", withOutputs: false, ".Span", "cancellationToken");
            code.Line("return " + PicturesEmitter.TopOfSession + "(rented, count);");
        });
    }

    private static void Summary(CodeWriter code, string what) => code.Line("/// <summary>" + what
        + " Waits for a session without blocking a thread, then computes on a thread of the pool, never on the caller's.</summary>");

    private static void Remarks(CodeWriter code)
    {
        TokenDocuments(code);
        code.Line("/// <remarks>The memory must not change until the call is done.</remarks>");
    }

    private static void TokenDocuments(CodeWriter code)
    {
        code.Line("/// <param name=\"cancellationToken\">Ends the wait, or the computation between two steps.</param>");
        code.Line("/// <returns>To be awaited once.</returns>");
    }

    private static void EmitCall(CodeWriter code, LanguageVersion language, string signature, System.Action body)
    {
        // So that a call that is awaited allocates nothing; on methods since C# 10.
        if (language >= LanguageVersion.CSharp10)
            code.Line("[global::System.Runtime.CompilerServices.AsyncMethodBuilder(typeof(global::System.Runtime.CompilerServices.PoolingAsyncValueTaskMethodBuilder"
                + (signature.StartsWith(Task + "<", System.StringComparison.Ordinal) ? "<>" : "") + "))]");
        code.Open("public async " + signature);
        body();
        code.Close().Open("finally").Line("Return(rented);").Close();
        code.Close().Line();
    }

    private static void Rent(CodeWriter code, Surface surface)
    {
        code.Line(surface.Types.Session + " rented = await RentAsync(cancellationToken).ConfigureAwait(false);");
        code.Open("try");
    }

    private static string Outputs(Surface surface) => string.Concat(((IEnumerable<SurfacePort>)surface.Outputs)
        .Select(port => ", global::System.Memory<" + port.CSharpType + "> " + Identifiers.Escape(port.Identifier)));
}
