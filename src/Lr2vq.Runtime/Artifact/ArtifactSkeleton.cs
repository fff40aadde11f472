using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using Lr2vq.Diagnostics;
using Lr2vq.Plans;

namespace Lr2vq.Artifacts;

/// <summary>The section <c>skeleton</c>, which an artifact has for the back end of ONNX Runtime: the ONNX model without the values of the tensors
/// that the artifact holds.</summary>
/// <remarks>
/// <code>
/// a byte for each weight of the Plan, in its order: the ONNX type that the model has it in; 0 if it is not handed over
/// the model (ModelProto)
/// </code>
/// The model refers to a tensor that is handed over as external data in the file <see cref="Location"/>, which exists in memory only: all of them
/// in the order of the Plan, each at the next multiple of 64 bytes. So the places follow from types and shapes.</remarks>
internal sealed class ArtifactSkeleton
{
    /// <summary>What the model calls the memory with the tensors; no file has the name.</summary>
    public const string Location = "lr2vq-tensors";

    /// <summary>Operator of the only step of a Plan that nothing but ONNX Runtime computes.</summary>
    public const string Operator = "OnnxRuntime";

    /// <summary>Attribute of that step: outputs whose shape the model does not tell, by their indices.</summary>
    public const string Shapeless = "shapeless";

    private ArtifactSkeleton(ElementType[] types, long[] offsets, long length, ReadOnlyMemory<byte> section) =>
        (Types, Offsets, Length, Section) = (types, offsets, length, section);

    /// <summary>For each weight of the Plan, the type in the model; <see cref="ElementType.Undefined"/> if it is not handed over.</summary>
    public IReadOnlyList<ElementType> Types { get; }

    /// <summary>Where each weight lies in the memory that is handed over.</summary>
    public IReadOnlyList<long> Offsets { get; }

    /// <summary>Bytes of that memory.</summary>
    public long Length { get; }

    /// <summary>All of the section.</summary>
    public ReadOnlyMemory<byte> Section { get; }

    /// <summary>The ModelProto.</summary>
    public ReadOnlyMemory<byte> Model => Section[Types.Count..];

    /// <summary>Whether the Plan is for ONNX Runtime alone: the compiler could not take the network apart.</summary>
    public static bool IsOnlyPath(Plan plan) => plan.Steps.Count == 1 && plan.Steps[0].Operator == Operator;

    /// <summary>Arranges the tensors; the model is written after that, since it names the places.</summary>
    /// <param name="weights">The weights of the Plan.</param>
    /// <param name="types">The type of each in the model, or <see cref="ElementType.Undefined"/>.</param>
    /// <exception cref="OverflowException">They are larger than any memory.</exception>
    public static (long[] Offsets, long Length) Arrange(IReadOnlyList<PlanWeight> weights, IReadOnlyList<ElementType> types)
    {
        long[] offsets = new long[weights.Count];
        long length = 0;
        for (int i = 0; i < offsets.Length; i++)
        {
            if (types[i] == ElementType.Undefined) continue;
            offsets[i] = length;
            length = ArtifactFormat.Align(checked(length + Elements(weights[i]) * ElementTypes.ByteLength(types[i])));
        }
        return (offsets, length);
    }

    /// <summary>The bytes of the section.</summary>
    public static byte[] Write(IReadOnlyList<ElementType> types, Action<Stream> writeModel)
    {
        MemoryStream bytes = new();
        foreach (ElementType type in types) bytes.WriteByte((byte)type);
        writeModel(bytes);
        return bytes.ToArray();
    }

    /// <exception cref="InvalidArtifactException">The section contradicts the Plan.</exception>
    public static ArtifactSkeleton Read(ReadOnlyMemory<byte> section, Plan plan)
    {
        ElementType[] types = new ElementType[plan.Weights.Count];
        if (section.Length <= types.Length)
            throw Wrong(string.Create(CultureInfo.InvariantCulture, $"it has {section.Length} bytes for {types.Length} weights and a model"));
        for (int i = 0; i < types.Length; i++)
        {
            types[i] = (ElementType)section.Span[i];
            if (types[i] != ElementType.Undefined && !IsPossible(plan.Weights[i].Type, types[i]))
                throw Wrong($"the weight '{plan.Weights[i].Name}' of type {ElementTypes.Word(plan.Weights[i].Type)} has the type {(int)types[i]} there");
        }
        try
        {
            (long[] offsets, long length) = Arrange(plan.Weights, types);
            return new ArtifactSkeleton(types, offsets, length, section);
        }
        catch (OverflowException)
        {
            throw Wrong("its tensors are larger than any memory");
        }
    }

    /// <summary>Weights of the narrower floats are f32 in the Plan.</summary>
    private static bool IsPossible(ElementType stored, ElementType given) =>
        given == stored ? ElementTypes.ByteLength(given) > 0 && !ElementTypes.IsNibble(given) : stored == ElementType.Float32 && given is (ElementType.Float16 or ElementType.BFloat16);

    private static long Elements(PlanWeight weight)
    {
        long elements = 1;
        foreach (int dimension in weight.Shape) elements = checked(elements * dimension);
        return elements;
    }

    private static InvalidArtifactException Wrong(string what) => new(DiagnosticCatalogue.InvalidSection.At(default, "skeleton", what));
}
