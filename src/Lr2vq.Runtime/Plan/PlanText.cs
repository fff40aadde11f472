using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;

namespace Lr2vq.Plans;

/// <summary>The text of Plans and Interfaces: one line for each thing, deterministic, UTF-8, LF.</summary>
/// <remarks>
/// <code>
/// lr2vq-plan 1                                  (Interface: lr2vq-interface 1; lr2vq-plan 2 and 3: see SecondPlanHeader)
/// model "resnet18" structure 64-hex-digits opset 13
/// class "ResNet18" namespace "Shop" access public      (Interface only; words with quoted or bare values)
/// symbol N "batch"
/// input v0 "input.1" f32 [N,3,224,224]
/// weight w0 "conv1.weight" f32 [64,3,7,7] conv         (groups=G appended if not 1)
/// step 1 Conv "conv1/Conv" (v0, w0, _) -> (v1 f32 [N,64,112,112] blocked) strides=2,2 pads=3,3,3,3
/// size _s0 12544*N                              (never above that; found by the next step, which uses it in its results)
/// step 2 NonZero "mask" (v1) -> (v2 i64 [4,_s0])
/// output v1 "logits" f32 [N,64,112,112]
/// </code>
/// Names are JSON strings; <c>_</c> is an absent optional input; the layout <c>plain</c> is not written.
/// </remarks>
internal static class PlanText
{
    /// <summary>The second header is that of Plans whose expressions have functions which the first version does not know, the third of those with sizes
    /// that the data decides.</summary>
    internal const string PlanHeader = "lr2vq-plan 1", SecondPlanHeader = "lr2vq-plan 2", ThirdPlanHeader = "lr2vq-plan 3", InterfaceHeader = "lr2vq-interface 1";

    /// <summary>Reads a Plan.</summary>
    /// <exception cref="PlanFormatException">The text is wrong; the message names the line.</exception>
    public static Plan Parse(string text)
    {
        bool Begins(string header) => text.StartsWith(header, StringComparison.Ordinal);
        return new PlanParser(text).Read(Begins(ThirdPlanHeader) ? ThirdPlanHeader : Begins(SecondPlanHeader) ? SecondPlanHeader : PlanHeader).Plan;
    }

    /// <summary>Reads an Interface.</summary>
    /// <exception cref="PlanFormatException">The text is wrong; the message names the line.</exception>
    public static PlanInterface ParseInterface(string text) => new PlanParser(text).Read(InterfaceHeader);

    /// <summary>The text of a Plan.</summary>
    public static string Write(Plan plan) => Write(HasSizes(plan) ? ThirdPlanHeader : NeedsSecond(plan) ? SecondPlanHeader : PlanHeader, plan, new KeyValuePair<string, string>[0]);

    /// <summary>The text of an Interface.</summary>
    public static string WriteInterface(PlanInterface value) => Write(InterfaceHeader, value.Plan, value.Options);

    /// <summary>The word for a role, as the Plan writes it.</summary>
    internal static string Word(WeightRole role) => role switch
    {
        WeightRole.Constant => "constant",
        WeightRole.Bias => "bias",
        WeightRole.Conv => "conv",
        WeightRole.ConvTranspose => "convtranspose",
        WeightRole.MatMul => "matmul",
        WeightRole.Gemm => "gemm",
        _ => "gather",
    };

    private static bool HasSizes(Plan plan)
    {
        foreach (PlanStep step in plan.Steps)
            if (step.Size is not null) return true;
        return false;
    }

    private static bool NeedsSecond(Plan plan)
    {
        foreach (PlanStep step in plan.Steps)
        {
            foreach (PlanResult result in step.Outputs)
                foreach (Dimension dimension in result.Shape)
                    if (HasNewFunction(dimension.ToString())) return true;
            foreach (KeyValuePair<string, string> attribute in step.Attributes.Pairs)
                if (HasNewFunction(attribute.Value)) return true;
        }
        return false;
    }

    private static bool HasNewFunction(string expression) =>
        Contains(expression, "if(") || Contains(expression, "int(") || Contains(expression, "broadcast(") || Contains(expression, "f32(");

    private static bool Contains(string text, string part) => text.IndexOf(part, StringComparison.Ordinal) >= 0;

    private static string Write(string header, Plan plan, IReadOnlyList<KeyValuePair<string, string>> options)
    {
        var text = new StringBuilder();
        text.Append(header).Append("\nmodel ").AppendQuoted(plan.ModelName);
        if (plan.StructureHash.Length > 0) text.Append(" structure ").Append(plan.StructureHash);
        text.Append(" opset ").AppendNumber(plan.Opset).Append('\n');
        for (int i = 0; i < options.Count; i++)
        {
            text.Append(i == 0 ? "" : " ").Append(options[i].Key).Append(' ').AppendQuoted(options[i].Value);
            if (i == options.Count - 1) text.Append('\n');
        }
        foreach (PlanSymbol symbol in plan.Symbols)
            text.Append("symbol ").Append(symbol.Identifier).Append(' ').AppendQuoted(symbol.Name).Append('\n');
        foreach (PlanPort input in plan.Inputs) WritePort(text, "input ", input);
        foreach (PlanWeight weight in plan.Weights)
        {
            text.Append("weight ").Append(weight.Value).Append(' ').AppendQuoted(weight.Name).Append(' ')
                .Append(ElementTypes.Word(weight.Type)).Append(" [");
            for (int i = 0; i < weight.Shape.Count; i++) text.Append(i == 0 ? "" : ",").AppendNumber(weight.Shape[i]);
            text.Append("] ").Append(Word(weight.Role));
            if (weight.Groups != 1) text.Append(" groups=").AppendNumber(weight.Groups);
            text.Append('\n');
        }
        foreach (PlanStep step in plan.Steps) WriteStep(text, step);
        foreach (PlanPort output in plan.Outputs) WritePort(text, "output ", output);
        return text.ToString();
    }

    private static void WritePort(StringBuilder text, string keyword, PlanPort port) => text.Append(keyword).Append(port.Value)
        .Append(' ').AppendQuoted(port.Name).Append(' ').AppendType(port.Type, port.Shape).Append('\n');

    private static void WriteStep(StringBuilder text, PlanStep step)
    {
        if (step.Size is { } size) text.Append("size ").Append(size.Identifier).Append(' ').Append(size.Bound.ToString()).Append('\n');
        text.Append("step ").AppendNumber(step.Number).Append(' ').Append(step.Operator).Append(' ').AppendQuoted(step.Name).Append(" (");
        for (int i = 0; i < step.Inputs.Count; i++) text.Append(i == 0 ? "" : ", ").Append(step.Inputs[i] ?? "_");
        text.Append(") -> (");
        for (int i = 0; i < step.Outputs.Count; i++)
        {
            PlanResult result = step.Outputs[i];
            text.Append(i == 0 ? "" : ", ").Append(result.Value).Append(' ').AppendType(result.Type, result.Shape);
            if (result.Layout == TensorLayout.Blocked) text.Append(" blocked");
        }
        text.Append(')');
        foreach (KeyValuePair<string, string> pair in step.Attributes.Pairs)
            text.Append(' ').Append(pair.Key).Append('=').Append(pair.Value);
        text.Append('\n');
    }

    private static StringBuilder AppendType(this StringBuilder text, ElementType type, IReadOnlyList<Dimension> shape)
    {
        text.Append(ElementTypes.Word(type)).Append(" [");
        for (int i = 0; i < shape.Count; i++) text.Append(i == 0 ? "" : ",").Append(shape[i].ToString());
        return text.Append(']');
    }

    private static StringBuilder AppendNumber(this StringBuilder text, int value) => text.Append(value.ToString(CultureInfo.InvariantCulture));

    /// <summary>A JSON string. Everything outside printable ASCII and letters beyond it that every editor shows is escaped.</summary>
    private static StringBuilder AppendQuoted(this StringBuilder text, string value)
    {
        text.Append('"');
        foreach (char c in value)
            if (c is '"' or '\\') text.Append('\\').Append(c);
            else if (c < ' ' || c == '\x7f' || c is >= '\x80' and < '\xa0' or '\u2028' or '\u2029' || char.IsSurrogate(c))
                text.Append("\\u").Append(((int)c).ToString("x4", CultureInfo.InvariantCulture));
            else text.Append(c);
        return text.Append('"');
    }
}
