using System.Collections.Generic;
using System.Linq;
using Lr2vq.Diagnostics;
using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>The inputs of the network whose data decide about a value. Small ones, such as a sampling rate or a flag, can be fixed by the option Constants.</summary>
internal static class DecidingInputs
{
    private const int MostNodes = 4096, MostNamed = 4;

    /// <summary>Longest input that a user would write down.</summary>
    private const long MostElements = 16;

    /// <summary>Refuses a node for what data decide; names the inputs and the option Constants where that helps.</summary>
    /// <param name="definition">Its arguments: node, operator, <paramref name="what"/>, whose data, what helps.</param>
    /// <param name="what">What the data decide.</param>
    /// <param name="value">The value that holds it.</param>
    /// <param name="otherwise">What helps where Constants does not.</param>
    public static ImportException Refuse(DiagnosticDefinition definition, string what, Value value, string otherwise)
    {
        List<Value> inputs = Of(value);
        if (inputs.Count is 0 or > MostNamed || !inputs.All(IsSmall)) return new ImportException(definition, what, "", otherwise);
        string whose = $" of the {(inputs.Count == 1 ? "input" : "inputs")} {string.Join(", ", inputs.Select(input => $"'{input.Name}'"))}";
        string example = string.Join(";", inputs.Select(input => $"{input.Name}={(input.Type == ElementType.Bool ? "true" : "1")}"));
        return new ImportException(definition, what, whose, $"Fix the value with the option Constants, e.g. Constants=\"{example}\"");
    }

    /// <summary>Floats are mostly what a network is about, unless it is one number.</summary>
    private static bool IsSmall(Value input) => input.Count <= (ElementTypes.IsFloat(input.Type) ? 1 : MostElements);

    /// <summary>In the order found; none if the way to them is too long.</summary>
    private static List<Value> Of(Value value)
    {
        var inputs = new List<Value>();
        var seen = new HashSet<Value> { value };
        var next = new Stack<Value>([value]);
        while (next.TryPop(out Value? current))
        {
            if (current.Producer is not { } producer)
            {
                if (current.Constant is null) inputs.Add(current);
                continue;
            }
            foreach (Value? input in producer.Inputs)
                if (input is not null && seen.Add(input)) next.Push(input);
            if (seen.Count > MostNodes) return [];
        }
        return inputs;
    }
}
