using System;
using System.Collections.Generic;

namespace Lr2vq.Options;

/// <summary>How the user writes the options of a model: messages name them so.</summary>
/// <param name="spell">How an option is named.</param>
/// <param name="isCommandLine">Whether a value stands behind that name; else it is an attribute.</param>
internal sealed class OptionSpelling(Func<OptionDefinition, string> spell, bool isCommandLine = false)
{
    /// <summary><c>TargetRatio</c>.</summary>
    public static OptionSpelling Metadata { get; } = new(option => option.Name);

    /// <summary><c>--target-ratio</c>.</summary>
    public static OptionSpelling CommandLine { get; } = new(option => "--" + option.KebabName, isCommandLine: true);

    /// <summary><c>TargetRatio of resnet50.onnx</c>, or <c>Lr2vqTargetRatio</c> where the project's value holds.</summary>
    /// <param name="model">Name of the item.</param>
    /// <param name="ofProject">Options that come from properties of the project.</param>
    public static OptionSpelling Project(string model, IReadOnlyCollection<string> ofProject) => new(option =>
    {
        foreach (string name in ofProject)
            if (name.Equals(option.Name, StringComparison.OrdinalIgnoreCase)) return option.PropertyName;
        return $"{option.Name} of {model}";
    });

    /// <param name="name">A name of <see cref="OptionTable"/>.</param>
    public string Of(string name) => OptionTable.Find(name) is { } option ? spell(option) : name;

    /// <summary>A value as it is given: <c>Mean="0.5"</c> or <c>--mean 0.5</c>.</summary>
    /// <param name="name">A name of <see cref="OptionTable"/>.</param>
    /// <param name="value">Without spaces.</param>
    public string Assign(string name, string value) => isCommandLine ? $"{Of(name)} {value}" : $"{name}=\"{value}\"";
}
