using System;
using System.Globalization;

namespace Lr2vq.Plans;

/// <summary>The text of a Plan or Interface is wrong. Nothing else is thrown for bad text.</summary>
internal sealed class PlanFormatException : FormatException
{
    public PlanFormatException(int line, string message)
        : base("Line " + line.ToString(CultureInfo.InvariantCulture) + ": " + message) => Line = line;

    /// <summary>The line, counted from 1.</summary>
    public int Line { get; }
}
