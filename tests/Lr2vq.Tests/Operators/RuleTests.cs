using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Operators;
using Lr2vq.Plans;
using Lr2vq.Testing;
using Xunit;

namespace Lr2vq.Tests.Operators;

/// <summary>Operators refuse what they do not expect, before they compute anything.</summary>
public sealed class RuleTests
{
    private const int Seeds = 3;

    /// <summary>Operators whose outputs have lengths that neither inputs nor attributes say exactly.</summary>
    private static readonly HashSet<string> OutputsDecide =
        ["Range", "Slice", "TopK", "Tile", "OneHot", "Resize", "ConvTranspose", "ConvTranspose3D", "AveragePool", "MaxPool", "LpPool", "EyeLike", "Expand", "Col2Im", "RoiAlign", "MaxRoiPool", "DFT", "TreeEnsemble"];

    public static TheoryData<string> Names => [.. OperatorTests.Names.Select(row => row.Data)];

    /// <summary>The operators of the table.</summary>
    internal static IEnumerable<Type> Table => typeof(Operator).Assembly.GetTypes()
        .Where(type => type.IsSubclassOf(typeof(Operator)) && !type.IsAbstract && OperatorTable.Read(type.Name, StepAttributes.Empty) is not null);

    [Fact]
    public void EveryOperatorOfTheTableHasRules()
    {
        List<string> without = [];
        foreach (Type type in Table)
            if (!Refuses(OperatorTable.Read(type.Name, StepAttributes.Empty)!)) without.Add(type.Name);
        Assert.Empty(without);
        Assert.True(Table.Count() > 100);
    }

    /// <summary>No operator works on nothing and makes nothing.</summary>
    private static bool Refuses(Operator op)
    {
        try
        {
            ShapeRules.Check(op, new StepShapes([], [], dimension => dimension.Value), []);
            return false;
        }
        catch (StepRuleException)
        {
            return true;
        }
    }

    [Theory, MemberData(nameof(Names))]
    public void WhatDoesNotFitIsRefusedOrHarmless(string name)
    {
        int refused = 0;
        for (int seed = 0; seed < Seeds; seed++)
        {
            OperatorCase sample = OperatorCases.All[name](new Draw(seed));
            HostTensor?[] inputs = sample.ReadPlanInputs();
            HostTensor[] outputs = sample.Expected();
            string op = sample.PlanName ?? sample.Op;
            foreach ((string what, bool mustRefuse, HostTensor?[] before, HostTensor[] after) in Mutations(op, inputs, outputs))
                if (IsRefused(sample, before, after)) refused++;
                else Assert.False(mustRefuse, $"{sample}: {what} is not refused");
        }
        Assert.True(refused > 0, $"{name} refuses nothing");
    }

    /// <summary>True if the rules refuse, or data lead to another shape; else the operator runs on guarded memory.</summary>
    private static bool IsRefused(OperatorCase sample, HostTensor?[] inputs, HostTensor[] outputs)
    {
        try
        {
            OperatorHarness.Run(OperatorTable.Read(sample.PlanName ?? sample.Op, sample.ReadPlanAttributes())!, inputs, outputs);
            return false;
        }
        catch (StepRuleException)
        {
            return true;
        }
        catch (IndexOutsideException)
        {
            // Where data decide about a shape, it is compared while the operator runs.
            return sample.DeclaresShapes;
        }
    }

    private static IEnumerable<(string What, bool MustRefuse, HostTensor?[] Inputs, HostTensor[] Outputs)> Mutations(string op, HostTensor?[] inputs, HostTensor[] outputs)
    {
        for (int i = 0; i < inputs.Length; i++)
        {
            if (inputs[i] is not { } input) continue;
            foreach (HostTensor other in Others(input)) yield return ($"input {i} {other}", false, [.. inputs[..i], other, .. inputs[(i + 1)..]], outputs);
            yield return ($"no input {i}", i == 0 && op != "EyeLike", [.. inputs[..i], null, .. inputs[(i + 1)..]], outputs);
        }
        for (int o = 0; o < outputs.Length; o++)
            foreach (HostTensor other in Others(outputs[o]))
            {
                bool sameRank = other.Shape.Length == outputs[o].Shape.Length, sameType = other.Type == outputs[o].Type;
                // As many elements in another shape do no harm.
                bool mustRefuse = sameType && other.Bytes.Length != outputs[o].Bytes.Length && !(sameRank && OutputsDecide.Contains(op)) && op is not ("Range" or "Reshape" or "DimensionValues" or "Expand");
                yield return ($"output {o} {other}", mustRefuse, inputs, [.. outputs[..o], other, .. outputs[(o + 1)..]]);
            }
        yield return ("no output", true, inputs, []);
        yield return ("one output more", op != "Split", inputs, [.. outputs, outputs[0], outputs[0], outputs[0]]);
    }

    /// <summary>The tensor with other lengths, ranks and types, holding the same values again and again.</summary>
    private static IEnumerable<HostTensor> Others(HostTensor tensor)
    {
        int[] shape = tensor.Shape;
        for (int d = 0; d < shape.Length; d++)
        {
            yield return Like(tensor, tensor.Type, [.. shape[..d], shape[d] + 1, .. shape[(d + 1)..]]);
            if (shape[d] > 1) yield return Like(tensor, tensor.Type, [.. shape[..d], shape[d] - 1, .. shape[(d + 1)..]]);
        }
        yield return Like(tensor, tensor.Type, [.. shape, 2]);
        if (shape.Length > 0) yield return Like(tensor, tensor.Type, shape[1..]);
        foreach (ElementType type in new[] { ElementType.Float32, ElementType.Int64, ElementType.UInt8, ElementType.Float64, ElementType.Float8E4M3FN, ElementType.Int4, ElementType.Float8E8M0 })
            if (type != tensor.Type) yield return Like(tensor, type, shape);
    }

    private static HostTensor Like(HostTensor tensor, ElementType type, int[] shape)
    {
        byte[] bytes = new byte[shape.Aggregate(1, (length, d) => length * d) * Lr2vq.Plans.ElementTypes.ByteLength(type)];
        // Values of another type would be read as any numbers; zeros are numbers of every type.
        for (int i = 0; i < bytes.Length && type == tensor.Type && tensor.Bytes.Length > 0; i++) bytes[i] = tensor.Bytes[i % tensor.Bytes.Length];
        return new HostTensor(type, shape, bytes);
    }
}
