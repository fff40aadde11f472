using System.Collections.Generic;
using System.Globalization;

namespace Lr2vq.Generator;

/// <summary>Gives every name of one C# scope once.</summary>
internal sealed class NameScope
{
    private readonly HashSet<string> _taken;

    public NameScope(params string[] reserved) => _taken = new HashSet<string>(reserved);

    /// <summary>The wanted name, or the wanted name with the first free number from 2.</summary>
    public string Take(string wanted)
    {
        string name = wanted;
        string between = char.IsDigit(wanted[wanted.Length - 1]) ? "_" : "";
        for (int i = 2; !_taken.Add(name); i++) name = wanted + between + i.ToString(CultureInfo.InvariantCulture);
        return name;
    }
}
