using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Plans;
using Lr2vq.Testing;

namespace Lr2vq.Tests.Operators;

/// <summary>One use of an ONNX operator with its inputs.</summary>
/// <param name="Op">The ONNX operator.</param>
/// <param name="Opset">Opset of the model.</param>
/// <param name="Inputs">Names and values; a null value is an absent optional input.</param>
internal sealed record OperatorCase(string Op, int Opset, params (string Name, HostTensor? Value)[] Inputs)
{
    public (string Name, object Value)[] Attributes { get; init; } = [];

    /// <summary>Domain of the operator; empty for ONNX's own.</summary>
    public string Domain { get; init; } = "";

    /// <summary>The model says the shapes of its outputs: what they depend on is data.</summary>
    public bool DeclaresShapes { get; init; }

    /// <summary>Version of the domain.</summary>
    public int DomainVersion { get; init; } = 1;

    /// <summary>Inputs of the node, where the case has others too: those that only the step has; null for all.</summary>
    public string[]? NodeInputs { get; init; }

    /// <summary>The same in operators of ONNX, where ONNX Runtime has no kernel: from the named inputs to the outputs.</summary>
    public Action<OnnxBuilder>? Definition { get; init; }

    /// <summary>Inputs that are initializers of the model.</summary>
    public string[] Constants { get; init; } = [];

    public int Outputs { get; init; } = 1;

    public Tolerance Tolerance { get; init; } = Tolerance.OfLargest(2e-6);

    /// <summary>The operator of the Plan, where it has another name.</summary>
    public string? PlanName { get; init; }

    /// <summary>The attributes of the Plan; null if they are those of ONNX, with the same names.</summary>
    public string? PlanAttributes { get; init; }

    /// <summary>Inputs of the Plan's operator; null if all that are not constants.</summary>
    public string[]? PlanInputs { get; init; }

    /// <summary>False if only the compiler turns the ONNX form into steps.</summary>
    public bool RunsAlone { get; init; } = true;

    /// <summary>True if the operator also works on blocked tensors.</summary>
    public bool CanBeBlocked { get; init; }

    /// <summary>Makes the nodes, from the named inputs to the first output; null: one node of <see cref="Op"/>.</summary>
    public Action<OnnxBuilder>? Nodes { get; init; }

    /// <summary>A model of one node.</summary>
    /// <param name="outputs">What the outputs are declared as; null: not at all.</param>
    /// <param name="symbol">Name of an input's dimension; null: a number.</param>
    public byte[] Model(HostTensor[]? outputs = null, Func<int, string?>? symbol = null) => ModelOf(outputs ?? (DeclaresShapes ? Expected() : null), symbol);

    private byte[] ModelOf(HostTensor[]? outputs, Func<int, string?>? symbol)
    {
        OnnxBuilder builder = new(Opset);
        if (Domain.Length > 0 && Nodes is not null) builder.Opset(Domain, DomainVersion);
        foreach ((string name, HostTensor? value) in Inputs)
        {
            if (value is null || !IsOfNode(name)) continue;
            if (Constants.Contains(name)) builder.Initializer(name, value);
            else builder.Input(name, value.Type, [.. value.Shape.Select(d => symbol?.Invoke(d) ?? (object)d)]);
        }
        if (Nodes is not null) Nodes(builder);
        else AddNode(builder);
        for (int i = 0; i < Outputs; i++)
            if (DeclaresShapes && outputs is not null) builder.Output(OutputNames()[i], outputs[i].Type, [.. outputs[i].Shape.Select(d => (object)d)]);
            else if (outputs is null) builder.Output(OutputNames()[i]);
            else builder.Output(OutputNames()[i], outputs[i].Type, new object?[outputs[i].Shape.Length]);
        return builder.Build();
    }

    /// <summary>A model in which every dimension of every input is a symbol of its own.</summary>
    public byte[] SymbolicModel()
    {
        OnnxBuilder builder = new(Opset);
        foreach ((string name, HostTensor? value) in Inputs)
        {
            if (value is null || !IsOfNode(name)) continue;
            if (Constants.Contains(name)) builder.Initializer(name, value);
            else builder.Input(name, value.Type, [.. value.Shape.Select((_, d) => (object)$"{name}_{d}")]);
        }
        AddNode(builder);
        foreach (string output in OutputNames()) builder.Output(output);
        return builder.Build();
    }

    private void AddNode(OnnxBuilder builder)
    {
        if (Domain.Length > 0) builder.Opset(Domain, DomainVersion);
        builder.Node(Op, [.. Inputs.Where(i => IsOfNode(i.Name)).Select(i => i.Value is null ? "" : i.Name)], OutputNames(), null, Domain, Attributes);
    }

    /// <summary>The node between two convolutions, so that its tensors are blocked where they can be.</summary>
    public byte[] ModelBetweenConvolutions(HostTensor output)
    {
        int before = Inputs[0].Value!.Shape[1], after = output.Shape[1];
        OnnxBuilder builder = new(Opset);
        foreach ((string name, HostTensor? value) in Inputs)
        {
            if (value is null || !IsOfNode(name)) continue;
            if (Constants.Contains(name)) builder.Initializer(name, value);
            else builder.Input(name, value.Type, [.. value.Shape.Select(d => (object)d)]);
        }
        // The first convolution changes nothing, so that the operator sees numbers in its range.
        float[] identity = new float[before * before];
        for (int i = 0; i < before; i++) identity[i * before + i] = 1f;
        builder.Initializer("before", HostTensor.Of(identity, before, before, 1, 1)).Initializer("after", RandomTensor.Floats(2, 5, after, 1, 1));
        builder.Node("Conv", [Inputs[0].Name, "before"], ["convolved"]);
        builder.Node(Op, ["convolved", .. Inputs[1..].Select(i => i.Value is null ? "" : i.Name)], ["middle"], Attributes);
        return builder.Node("Conv", ["middle", "after"], ["out0"]).Output("out0").Build();
    }

    public string[] OutputNames() => [.. Enumerable.Range(0, Outputs).Select(i => $"out{i}")];

    public HostTensor[] Expected()
    {
        byte[] model = (Definition is null ? this : this with { Nodes = Definition }).ModelOf(null, null);
        using OrtOracle oracle = new(model, optimize: false);
        return oracle.Run(GivenInputs());
    }

    /// <summary>The inputs of the model.</summary>
    public (string Name, HostTensor Value)[] GivenInputs() => [.. Inputs.Where(IsGiven).Select(i => (i.Name, i.Value!))];

    private bool IsOfNode(string name) => NodeInputs?.Contains(name) != false;

    private bool IsGiven((string Name, HostTensor? Value) input) => input.Value is not null && IsOfNode(input.Name) && !Constants.Contains(input.Name);

    /// <summary>The operator, its attributes read.</summary>
    public StepAttributes ReadPlanAttributes()
    {
        if (PlanAttributes is { } text)
            return new StepAttributes(text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(part => part.Split('='))
                .Select(pair => new KeyValuePair<string, string>(pair[0], pair[1])));
        return new StepAttributes(Attributes.Select(a => new KeyValuePair<string, string>(a.Name, Text(a.Value))));
    }

    public HostTensor?[] ReadPlanInputs() => PlanInputs is { } names
        ? [.. names.Select(name => Inputs.First(i => i.Name == name).Value)]
        : [.. Inputs.Where(i => !Constants.Contains(i.Name)).Select(i => i.Value)];

    /// <summary>A float as the Plan writes it.</summary>
    public static string Float(float value) => StepAttributes.FloatToBits(value);

    public override string ToString() =>
        $"{Op}-{Opset} ({string.Join(", ", Inputs.Select(i => $"{i.Name} {i.Value}"))}) {string.Join(' ', Attributes.Select(a => $"{a.Name}={Text(a.Value)}"))}";

    private static string Text(object value) => value switch
    {
        float number => Float(number),
        float[] numbers => string.Join(',', numbers.Select(Float)),
        long[] numbers => string.Join(',', numbers),
        int[] numbers => string.Join(',', numbers),
        _ => Convert.ToString(value, System.Globalization.CultureInfo.InvariantCulture)!,
    };
}
