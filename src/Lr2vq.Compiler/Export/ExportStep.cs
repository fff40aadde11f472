using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;
using Lr2vq.Onnx;
using Lr2vq.Plans;

namespace Lr2vq.Export;

/// <summary>A step while it is exported: its operands and results by their ONNX names.</summary>
/// <param name="shapes">Shape of every value and weight.</param>
/// <param name="types">Type of every value and weight.</param>
/// <param name="weights">Every weight.</param>
internal sealed class ExportStep(PlanStep step, OnnxGraphBuilder builder, IReadOnlyDictionary<string, string> names,
    IReadOnlyDictionary<string, IReadOnlyList<Dimension>> shapes, IReadOnlyDictionary<string, ElementType> types,
    IReadOnlyDictionary<string, PlanWeight> weights)
{
    public OnnxGraphBuilder Builder => builder;
    public string Operator => step.Operator;
    public StepAttributes Attributes => step.Attributes;

    /// <summary>The size that the step finds; null for most.</summary>
    public PlanSize? Size => step.Size;
    public IReadOnlyList<PlanResult> Outputs => step.Outputs;
    public IEnumerable<string?> Inputs => step.Inputs.Select(input => input is null ? null : names[input]);
    public int InputCount => step.Inputs.Count;

    public bool Has(int input) => input < step.Inputs.Count && step.Inputs[input] is not null;

    public string? Optional(int input) => Has(input) ? names[step.Inputs[input]!] : null;

    public string this[int input] => Optional(input) ?? throw new FormatException($"Step {step.Number} has no input {input}");

    public IReadOnlyList<Dimension> Shape(int input) => shapes[step.Inputs[input]!];

    public ElementType Type(int input) => types[step.Inputs[input]!];

    /// <summary>The weight that an input is; null if it is a value.</summary>
    public PlanWeight? Weight(int input) => Has(input) ? weights.GetValueOrDefault(step.Inputs[input]!) : null;

    /// <summary>The elements of a weight.</summary>
    public T[] Values<T>(int input) where T : unmanaged => Has(input) && builder.Values(names[step.Inputs[input]!]) is { } bytes
        ? MemoryMarshal.Cast<byte, T>(bytes).ToArray() : throw new FormatException($"input {input} of step {step.Number} is no weight");

    public string Output(int output = 0) => names[step.Outputs[output].Value];

    /// <summary>Adds a node whose result is the step's.</summary>
    public void Finish(string op, IEnumerable<string?> inputs, params OnnxAttribute[] attributes) => builder.Node(op, inputs, attributes, Output());

    /// <summary>Computes in another type, where ONNX Runtime lacks the operator for that of the result.</summary>
    public void FinishAs(ElementType type, string op, IEnumerable<string?> inputs, params OnnxAttribute[] attributes)
    {
        IEnumerable<string?> operands = inputs.Select(input => input is null ? null : Cast(input, type)).ToList();
        Finish("Cast", [builder.Node(op, operands, attributes)], OnnxAttribute.Of("to", (long)step.Outputs[0].Type));
    }

    /// <summary>Where; what ONNX Runtime does not choose between is chosen as a wider type.</summary>
    public void Choose(string condition, string positive, string other)
    {
        ElementType through = step.Outputs[0].Type switch
        {
            ElementType.Bool => ElementType.UInt8,
            ElementType.Int8 or ElementType.Int16 or ElementType.UInt16 or ElementType.UInt32 or ElementType.UInt64 => ElementType.Int64,
            ElementType.Float16 or ElementType.BFloat16 => ElementType.Float32,
            var type => type,
        };
        if (through == step.Outputs[0].Type) Finish("Where", [condition, positive, other]);
        else Finish("Cast", [builder.Node("Where", [condition, Cast(positive, through), Cast(other, through)])], OnnxAttribute.Of("to", (long)step.Outputs[0].Type));
    }

    public string Cast(string value, ElementType type) => builder.Node("Cast", [value], [OnnxAttribute.Of("to", (long)type)]);

    public OnnxAttribute Ints(string name, params int[] absent) => OnnxAttribute.Of(name, Array.ConvertAll(Attributes.Ints(name, absent), v => (long)v));

    public OnnxAttribute Int(string name, int absent) => OnnxAttribute.Of(name, (long)Attributes.Int(name, absent));

    public OnnxAttribute Float(string name, float absent) => OnnxAttribute.Of(name, Attributes.Float(name, absent));

    public OnnxAttribute Text(string name, string absent) => OnnxAttribute.Of(name, Attributes.Text(name, absent));
}
