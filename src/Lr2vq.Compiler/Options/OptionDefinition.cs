using System.Collections.Generic;
using System.Text;

namespace Lr2vq.Options;

/// <summary>Who takes an option.</summary>
internal enum OptionScope
{
    /// <summary>Decides the artifact: <c>lr2vq compress</c>, <c>lr2vq plan</c> and the item.</summary>
    Model,
    /// <summary>Decides the generated class: the item and <c>lr2vq plan --interface</c>.</summary>
    Class,
}

/// <summary>One option of a model: metadata of the MSBuild item, and an option of the command line.</summary>
/// <param name="Name">Name of the metadata, for example <c>TargetRatio</c>.</param>
/// <param name="Scope">Who takes it.</param>
/// <param name="Values">Known values, or the kind of value, for people.</param>
/// <param name="Meaning">One sentence.</param>
/// <param name="Default">The default, for people.</param>
internal sealed record OptionDefinition(string Name, OptionScope Scope, string Values, string Default, string Meaning)
{
    /// <summary>The words it takes, for completion; empty where it takes something else.</summary>
    public IReadOnlyList<string> Words { get; init; } = [];

    /// <summary>Whether it says how pictures become inputs: <c>lr2vq run</c> and <c>compare</c> take it too.</summary>
    public bool IsPreProcessing { get; init; }

    /// <summary>Whether a property of the project is the default of all models; a name belongs to one model.</summary>
    public bool HasProperty { get; init; } = true;

    /// <summary>Name of that property: <c>Lr2vqTargetRatio</c>.</summary>
    public string PropertyName => "Lr2vq" + Name;

    /// <summary>Name on the command line: <c>target-ratio</c>.</summary>
    public string KebabName { get; } = ToKebab(Name);

    private static string ToKebab(string name)
    {
        StringBuilder kebab = new();
        foreach (char letter in name)
        {
            if (char.IsAsciiLetterUpper(letter) && kebab.Length > 0) kebab.Append('-');
            kebab.Append(char.ToLowerInvariant(letter));
        }
        return kebab.ToString();
    }
}
