using System;
using System.Globalization;

namespace Lr2vq.Generator;

/// <summary>Prints the private side of a class: the steps of its Plan, one line each.</summary>
internal static class StepsEmitter
{
    /// <summary>Steps in one method: a longer body makes the just-in-time compiler slow.</summary>
    internal const int StepsPerMethod = 200;

    /// <param name="surface">The class.</param>
    /// <param name="steps">Its Plan; null where there is none (an editor's build, or none was made yet).</param>
    public static string Emit(Surface surface, Steps? steps)
    {
        var code = new CodeWriter();
        SurfaceEmitter.Header(code, surface);
        bool inNamespace = SurfaceEmitter.OpenNamespace(code, surface);
        code.Open("partial class " + Identifiers.Escape(surface.Name));
        if (steps is null) EmitMissing(code, surface);
        else if (surface.UsesOnnxRuntime) EmitStructure(code, steps);
        else EmitSteps(code, surface, steps);
        code.Close();
        if (inNamespace) code.Close();
        return code.ToString();
    }

    private static void EmitMissing(CodeWriter code, Surface surface)
    {
        string exception = "throw new global::System.InvalidOperationException("
            + CSharpText.Literal(surface.FullName + ": the model was not compressed in this build.") + ");";
        code.Line("private const string Structure = \"\";").Line();
        code.Line("static partial void RequireSteps() => " + exception);
        if (surface.UsesOnnxRuntime) return;
        code.Line();
        code.Line("/// <inheritdoc />");
        code.Line("protected override void Execute(in global::Lr2vq.StepRunner run) => " + exception);
    }

    private static void EmitStructure(CodeWriter code, Steps steps) => code.Line("private const string Structure = " + CSharpText.Literal(steps.StructureHash) + ";");

    private static void EmitSteps(CodeWriter code, Surface surface, Steps steps)
    {
        EmitStructure(code, steps);
        code.Line();
        code.Line("/// <inheritdoc />");
        code.Open("protected override void Execute(in global::Lr2vq.StepRunner run)");
        int count = steps.Calls.Count;
        if (count <= StepsPerMethod)
        {
            EmitCalls(code, steps, 0, count);
            code.Close();
            return;
        }
        for (int first = 0; first < count; first += StepsPerMethod) code.Line(Part(steps, first) + "(in run);");
        code.Close();
        for (int first = 0; first < count; first += StepsPerMethod)
        {
            code.Line().Open("private static void " + Part(steps, first) + "(in global::Lr2vq.StepRunner run)");
            EmitCalls(code, steps, first, Math.Min(count, first + StepsPerMethod));
            code.Close();
        }
    }

    private static string Part(Steps steps, int first)
    {
        int last = Math.Min(steps.Calls.Count, first + StepsPerMethod) - 1;
        return "Steps" + Number(steps.Calls[first].Number) + "To" + Number(steps.Calls[last].Number);
    }

    private static void EmitCalls(CodeWriter code, Steps steps, int from, int to)
    {
        for (int i = from; i < to; i++)
        {
            StepCall call = steps.Calls[i];
            code.Line("// " + Number(call.Number) + "  " + CSharpText.Comment(call.Comment));
            code.Line("run.Step<global::Lr2vq.Operators." + call.Operator + ">(" + Number(call.Number) + ");");
        }
    }

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
